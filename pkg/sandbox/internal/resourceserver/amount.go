package resourceserver

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"

	"github.com/opgrants/opgrants/pkg/sandbox/internal/message"
)

// An Amount is a number of an asset's smallest units.
type Amount struct {
	Value      uint64 `json:"value,string"`
	AssetCode  string `json:"assetCode"`
	AssetScale uint8  `json:"assetScale"` // digits after the decimal point
}

// An asset is what an account is held in.
type asset struct {
	code  string
	scale uint8
}

func (a Amount) asset() asset              { return asset{a.AssetCode, a.AssetScale} }
func (a asset) amount(value uint64) Amount { return Amount{value, a.code, a.scale} }

// amountMember reads a member that is an amount as the OpenAPI description has it. It
// returns nil if the member is missing.
func amountMember(o message.Object, name string) (*Amount, *message.Refusal) {
	if o[name] == nil {
		return nil, nil
	}
	members, ok := message.ParseObject(o[name])
	if !ok {
		return nil, message.InvalidResource(fmt.Sprintf("body.%s must be object", name))
	}
	text, hasValue := members.Text("value")
	code, hasCode := members.Text("assetCode")
	var scale uint8
	hasScale := members["assetScale"] != nil && json.Unmarshal(members["assetScale"], &scale) == nil && members["assetScale"][0] != 'n'
	if !hasValue || !hasCode || !hasScale {
		return nil, message.InvalidResource(fmt.Sprintf("body.%s must have required properties 'value', a string, 'assetCode' and 'assetScale', 0 to 255", name))
	}
	value, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return nil, message.InvalidResource(fmt.Sprintf(`body.%s.value must match format "uint64"`, name))
	}
	return &Amount{value, code, scale}, nil
}

// checkStorable refuses what the database of the reference implementation cannot
// store: amounts of 2^63 or more, and NUL in a text of the metadata.
func checkStorable(metadata json.RawMessage, amounts ...*Amount) *message.Refusal {
	for _, a := range amounts {
		if a != nil && a.Value > math.MaxInt64 {
			return message.PlainText(http.StatusInternalServerError, "an amount is 2^63 or more")
		}
	}
	var value any
	if metadata != nil && json.Unmarshal(metadata, &value) == nil && hasNUL(value) {
		return message.PlainText(http.StatusInternalServerError, "a text in the metadata has NUL")
	}
	return nil
}

func hasNUL(value any) bool {
	switch v := value.(type) {
	case string:
		return strings.ContainsRune(v, 0)
	case []any:
		for _, item := range v {
			if hasNUL(item) {
				return true
			}
		}
	case map[string]any:
		for name, member := range v {
			if hasNUL(name) || hasNUL(member) {
				return true
			}
		}
	}
	return false
}
