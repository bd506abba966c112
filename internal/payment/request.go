package payment

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/pkg/opclient"
)

const (
	longestKey         = 255  // bytes of an Idempotency-Key
	longestDescription = 200  // characters
	longestMetadata    = 1000 // bytes, with the description
)

// check refuses what can be refused without the grant and the wallets.
func (r Request) check() error {
	if r.DebitAmount != nil && r.ReceiveAmount != nil {
		return grant.Invalid("receiveAmount", "Give either what is debited or what is received: leave out debitAmount or receiveAmount.")
	}
	_, err := metadataOf("", r.Description, r.Metadata)
	return err
}

// isEmpty reports whether the request says nothing of the payment, as for a checkout.
func (r Request) isEmpty() bool {
	return r.To == "" && r.DebitAmount == nil && r.ReceiveAmount == nil && r.Description == "" && len(r.Metadata) == 0
}

// hash identifies the request but for its code.
func (r Request) hash() []byte {
	r.Code = ""
	b, err := json.Marshal(r)
	if err != nil {
		panic("payment: " + err.Error()) // what was decoded from JSON
	}
	h := sha256.Sum256(b)
	return h[:16]
}

// metadataOf is what goes into the wallets' metadata. at is the path of the request's
// members.
func metadataOf(at, description string, metadata map[string]any) (map[string]any, error) {
	if utf8.RuneCountInString(description) > longestDescription {
		return nil, grant.Invalid(at+"description", fmt.Sprintf("It may have %d characters at most.", longestDescription))
	}
	all := map[string]any{}
	for name, value := range metadata {
		all[name] = value
	}
	if description != "" {
		if _, twice := all["description"]; twice {
			return nil, grant.Invalid(at+"metadata.description", "Give the description once: as description, or in the metadata.")
		}
		all["description"] = description
	}
	text, err := json.Marshal(all)
	switch {
	case err != nil:
		return nil, grant.Invalid(at+"metadata", "It must be a JSON object.")
	case len(text) > longestMetadata:
		return nil, grant.Invalid(at+"metadata", fmt.Sprintf("Description and metadata may have %d bytes at most.", longestMetadata))
	case strings.Contains(string(text), `\u0000`):
		return nil, grant.Invalid(at+"metadata", "Wallets do not accept the character U+0000.")
	case len(all) == 0:
		return nil, nil
	}
	return all, nil
}

// completeAmount adds the asset of the wallet address to an amount, which must agree
// where it says one.
func completeAmount(field string, a *grant.AmountRequest, w *opclient.WalletAddress) (*opclient.Amount, error) {
	if a == nil {
		return nil, nil
	}
	if a.AssetCode != "" && a.AssetCode != w.AssetCode {
		return nil, grant.Invalid(field+".assetCode", "The wallet address is in "+w.AssetCode+": leave it out, or give that.")
	}
	if a.AssetScale != nil && *a.AssetScale != w.AssetScale {
		return nil, grant.Invalid(field+".assetScale", fmt.Sprintf("The wallet address has scale %d: leave it out, or give that.", w.AssetScale))
	}
	amount := &opclient.Amount{Value: a.Value, AssetCode: w.AssetCode, AssetScale: w.AssetScale}
	return amount, checkAmount(field, amount)
}

// wholeAmount is an amount that says its asset.
func wholeAmount(field string, a *grant.AmountRequest) (*opclient.Amount, error) {
	if a == nil {
		return nil, nil
	}
	if a.AssetCode == "" || a.AssetScale == nil {
		return nil, grant.Invalid(field, "It needs assetCode and assetScale: those of the receiver.")
	}
	amount := &opclient.Amount{Value: a.Value, AssetCode: a.AssetCode, AssetScale: *a.AssetScale}
	return amount, checkAmount(field, amount)
}

func checkAmount(field string, a *opclient.Amount) error {
	err := opclient.Limits{DebitAmount: a}.Check()
	if err == nil {
		return nil
	}
	e := grant.WalletError(err, "payment")
	if rest, ok := strings.CutPrefix(e.Field, "limits.debitAmount"); ok {
		e.Field = field + rest
	}
	return e
}
