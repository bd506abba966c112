package opclient

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

func TestASecretPrintsAsRedacted(t *testing.T) {
	const value = "sesame"
	holders := []any{
		Secret(value),
		[]Secret{value},
		map[string]Secret{"k": value},
		Token{Value: value},
		&Token{Value: value},
		Continue{Token: value},
		Grant{Interact: &Interact{Finish: value}, Token: &Token{Value: value}},
		Pending{Nonce: value, Finish: value},
		GrantRequest{Finish: &Finish{Nonce: value}},
	}
	for _, v := range holders {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
			if printed := fmt.Sprintf(verb, v); strings.Contains(printed, value) || strings.Contains(strings.ToLower(printed), fmt.Sprintf("%x", value)) {
				t.Errorf("%s of %T prints %s", verb, v, printed)
			}
		}
		var log bytes.Buffer
		slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "v", v)
		slog.New(slog.NewTextHandler(&log, nil)).Info("x", "v", v)
		if strings.Contains(log.String(), value) {
			t.Errorf("%T is logged as %s", v, log.String())
		}
		if text, err := json.Marshal(v); err != nil || bytes.Contains(text, []byte(value)) {
			t.Errorf("%T is encoded as %s, %v", v, text, err)
		}
	}
	if string(Secret(value)) != value || Secret("").String() != "" {
		t.Error("the value is lost")
	}
}
