package opclient

import (
	"errors"
	"strings"
	"testing"
)

func TestTheLongestTextsOfLimits(t *testing.T) {
	url := "https://w.example/incoming-payments/"
	url += strings.Repeat("1", maxText-len(url))
	code := strings.Repeat("A", maxAssetCode)
	for field, c := range map[string]struct{ good, bad Limits }{
		"limits.receiver":              {Limits{Receiver: url}, Limits{Receiver: url + "1"}},
		"limits.debitAmount.assetCode": {Limits{DebitAmount: &Amount{"1", code, 2}}, Limits{DebitAmount: &Amount{"1", code + "A", 2}}},
	} {
		if err := c.good.Check(); err != nil {
			t.Errorf("%s: %v", field, err)
		}
		if invalid, ok := errors.AsType[*InvalidError](c.bad.Check()); !ok || invalid.Field != field {
			t.Errorf("%s: got %v", field, invalid)
		}
	}
}

func TestThreeItemsOfAccessMayBeAskedFor(t *testing.T) {
	items := []Access{{Type: TypeQuote, Actions: []string{"read"}}, {Type: TypeQuote, Actions: []string{"create"}}, {Type: TypeIncomingPayment, Actions: []string{"read"}}}
	if err := checkAccess(items); err != nil {
		t.Error(err)
	}
}

func TestTheCharactersOfAURL(t *testing.T) {
	for raw, good := range map[string]bool{"https://w.example/!~": true, "https://w.example/a b": false, "https://w.example/\u0080": false, "https://w.example/é": false} {
		if err := checkURI("identifier", raw); (err == nil) != good {
			t.Errorf("%q: got %v", raw, err)
		}
	}
}
