package grant

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// What a request for a grant may contain.

const longestReference = 200 // characters

var actions = []string{"create", "read", "read-all", "list", "list-all"}

// A Request is the body of POST /grants, with its Idempotency-Key.
type Request struct {
	WalletAddress string `json:"walletAddress"`
	// One of Payment, Limits, Unlimited and Subject is required.
	Payment   *CheckoutRequest `json:"payment"`
	Limits    *LimitsRequest   `json:"limits"`
	Unlimited bool             `json:"unlimited"` // the wallet asks for a consent without any limit
	Actions   []string         `json:"actions"`   // nil: create, read and list
	Quote     bool             `json:"quote"`
	Subject   bool             `json:"subject"` // prove that the wallet address is the user's; asks for no token
	ReturnURL string           `json:"returnUrl"`
	Reference string           `json:"reference"`

	// IdempotencyKey is the header's; "": none.
	IdempotencyKey string `json:"-"`
}

// LimitsRequest is [opclient.Limits] as an app may send it.
type LimitsRequest struct {
	DebitAmount   *AmountRequest `json:"debitAmount"`
	ReceiveAmount *AmountRequest `json:"receiveAmount"`
	Receiver      string         `json:"receiver" text:"required"`
	Interval      string         `json:"interval" text:"required"`
}

// AmountRequest is an amount whose asset the wallet address may know.
type AmountRequest struct {
	Value      string `json:"value"`
	AssetCode  string `json:"assetCode" text:"required"`
	AssetScale *uint8 `json:"assetScale"`
}

// check refuses what can be refused without asking the wallet.
func (s *Service) check(r Request) error {
	if r.WalletAddress == "" {
		return Invalid("walletAddress", "Give the wallet address that shall pay, for example https://wallet.example/alice.")
	}
	if utf8.RuneCountInString(r.Reference) > longestReference {
		return Invalid("reference", fmt.Sprintf("It may have %d characters at most.", longestReference))
	}
	if err := r.checkWhat(); err != nil {
		return err
	}
	if r.Actions != nil && len(r.Actions) == 0 {
		return Invalid("actions", "Leave it out, or name at least one of "+strings.Join(actions, ", ")+".")
	}
	for i, action := range r.Actions {
		if !slices.Contains(actions, action) {
			return Invalid(fmt.Sprintf("actions[%d]", i), "It must be one of "+strings.Join(actions, ", ")+".")
		}
		if slices.Contains(r.Actions[:i], action) {
			return Invalid(fmt.Sprintf("actions[%d]", i), "It is there twice.")
		}
	}
	if err := r.Limits.check(); err != nil {
		return err
	}
	return s.checkReturnURL(r.ReturnURL)
}

// checkWhat refuses a request that does not say what it asks for, or says it twice.
func (r Request) checkWhat() error {
	what := 0
	for _, given := range []bool{r.Payment != nil, r.Limits != nil, r.Unlimited, r.Subject} {
		if given {
			what++
		}
	}
	switch {
	case r.Subject && (what > 1 || r.Actions != nil || r.Quote):
		return Invalid("subject", "It asks for no access token: leave out payment, limits, unlimited, actions and quote, or ask for them in a grant of their own.")
	case r.Payment != nil && (what > 1 || r.Actions != nil || r.Quote):
		return Invalid("payment", "It says all that is asked for: leave out limits, unlimited, subject, actions and quote.")
	case what == 0:
		return Invalid("limits", "Say what the user is asked to allow: payment, limits or subject; or \"unlimited\": true for a consent without any limit.")
	case what > 1:
		return Invalid("unlimited", "Give limits or unlimited, not both.")
	}
	return nil
}
