package resourceserver

import (
	"fmt"
	"time"
)

// A Kind is the name of a [Behavior].
type Kind string

// The behaviors. The face of the sandbox documents them.
const (
	AnswerLost         Kind = "answer-lost"
	PaymentLate        Kind = "payment-late"
	PaymentDelayed     Kind = "payment-delayed"
	InvalidQuote       Kind = "invalid-quote"
	LockedGrant        Kind = "locked-grant"
	WithFee            Kind = "fee"
	Slippage           Kind = "slippage"
	RateChanges        Kind = "rate-changes"
	QuoteOtherReceiver Kind = "quote-other-receiver"
	QuoteOtherWallet   Kind = "quote-other-wallet"
	QuoteOtherAmount   Kind = "quote-other-amount"
	QuoteOtherAsset    Kind = "quote-other-asset"

	Slow              Kind = "slow"
	PartlySent        Kind = "partly-sent"
	CutOff            Kind = "cut-off"
	OneMore           Kind = "one-more"
	CancelledAtWallet Kind = "cancelled-at-wallet"
	NothingSent       Kind = "nothing-sent"
	NotFunded         Kind = "not-funded"
	ClaimsSent        Kind = "claims-sent"
	ClaimsFailed      Kind = "claims-failed"

	ReceiverPaid        Kind = "receiver-paid"
	ReceiverShared      Kind = "receiver-shared"
	ReceiverCompleted   Kind = "receiver-completed"
	ReceiverExpired     Kind = "receiver-expired"
	ReceiverDown        Kind = "receiver-down"
	ReceiverDownSending Kind = "receiver-down-sending"
)

// Kinds are all behaviors: first those of the payer's wallet, then those of the
// receiver's.
var Kinds = []Kind{AnswerLost, PaymentLate, PaymentDelayed, InvalidQuote, LockedGrant, WithFee, Slippage, RateChanges,
	QuoteOtherReceiver, QuoteOtherWallet, QuoteOtherAmount, QuoteOtherAsset,
	Slow, PartlySent, CutOff, OneMore, CancelledAtWallet, NothingSent, NotFunded, ClaimsSent, ClaimsFailed,
	ReceiverPaid, ReceiverShared, ReceiverCompleted, ReceiverExpired, ReceiverDown, ReceiverDownSending}

// A Behavior is how the payments of a wallet go wrong.
type Behavior struct {
	Kind  Kind
	Times int
	Delay time.Duration
	Fee   Fee
	URL   string
	Run   func()
}

// Behave adds a behavior to a wallet.
func (s *Server) Behave(walletAddress string, b Behavior) error {
	s.lock()
	defer s.mu.Unlock()
	a, err := s.mustAccount(walletAddress)
	if err != nil {
		return err
	}
	for _, known := range Kinds {
		if b.Kind == known {
			a.behaviors = append(a.behaviors, &b)
			return nil
		}
	}
	return fmt.Errorf("sandbox: there is no behavior %q", b.Kind)
}

// ClearBehaviors makes a wallet behave well again.
func (s *Server) ClearBehaviors(walletAddress string) error {
	s.lock()
	defer s.mu.Unlock()
	a, err := s.mustAccount(walletAddress)
	if err == nil {
		a.behaviors = nil
	}
	return err
}

// use returns the account's behavior of a kind and counts it as used once, nil if it
// has none. The caller holds s.mu.
func (a *account) use(kind Kind) *Behavior {
	for i, b := range a.behaviors {
		if b.Kind != kind {
			continue
		}
		if b.Times == 1 {
			a.behaviors = append(a.behaviors[:i:i], a.behaviors[i+1:]...)
		} else if b.Times > 1 {
			b.Times--
		}
		return b
	}
	return nil
}

// does reports whether the account has a behavior of a kind, and counts it as used.
func (a *account) does(kind Kind) bool { return a.use(kind) != nil }
