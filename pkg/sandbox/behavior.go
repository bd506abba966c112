package sandbox

import (
	"time"

	"github.com/opgrants/opgrants/pkg/sandbox/internal/resourceserver"
)

// A BehaviorKind is the name of a way in which the payments of a wallet go wrong.
type BehaviorKind string

// The behaviors of the payer's wallet when a client asks for a quote or a payment.
const (
	// AnswerLost makes the payment and resets the connection instead of answering.
	AnswerLost BehaviorKind = "answer-lost"
	// PaymentLate resets the connection, and makes the payment only when its quote
	// has expired and Delay more has passed. Delay 0: 1 s. Until then it is 401.
	PaymentLate BehaviorKind = "payment-late"
	// PaymentDelayed runs Run and waits for Delay after it has checked the token, and
	// then makes the payment, also if the client left or the grant was revoked
	// meanwhile.
	PaymentDelayed BehaviorKind = "payment-delayed"
	// InvalidQuote refuses a payment with 400 "invalid quote". The same quote can be
	// paid later.
	InvalidQuote BehaviorKind = "invalid-quote"
	// LockedGrant answers a payment with 500 in plain text and makes nothing.
	LockedGrant BehaviorKind = "locked-grant"
	// WithFee charges Fee instead of [Config.Fee]. The fee is in debitAmount alone.
	WithFee BehaviorKind = "fee"
	// Slippage loses one percent on the way: 1000 to receive cost 1011, and 1000 to
	// send arrive as 990.
	Slippage BehaviorKind = "slippage"
	// RateChanges makes every further quote one percent worse for the payer. The
	// first is as usual.
	RateChanges BehaviorKind = "rate-changes"
	// QuoteOtherReceiver answers with a quote for the incoming payment URL, or for one
	// of the payer's own if URL is "".
	QuoteOtherReceiver BehaviorKind = "quote-other-receiver"
	// QuoteOtherWallet answers with a quote of the wallet address URL, or of one that
	// does not exist if URL is "".
	QuoteOtherWallet BehaviorKind = "quote-other-wallet"
	// QuoteOtherAmount answers with twice the debitAmount and half the receiveAmount.
	QuoteOtherAmount BehaviorKind = "quote-other-amount"
	// QuoteOtherAsset answers with a receiveAmount in the asset XTS.
	QuoteOtherAsset BehaviorKind = "quote-other-asset"
)

// The behaviors of the payer's wallet when it sends.
const (
	// Slow sends in ten steps over Delay. 0: 3 s.
	Slow BehaviorKind = "slow"
	// PartlySent sends half and stops, with failed false.
	PartlySent BehaviorKind = "partly-sent"
	// CutOff sends two thirds and says that it was one third. It fails when the quote
	// expires, or after Delay if that is not 0. The grant's limit is restored then.
	CutOff BehaviorKind = "cut-off"
	// OneMore makes one smallest unit more arrive than the quote says.
	OneMore BehaviorKind = "one-more"
	// CancelledAtWallet fails with metadata.cancellationReason. Nothing is sent.
	CancelledAtWallet BehaviorKind = "cancelled-at-wallet"
	// NothingSent sends nothing, for good, with failed false. The grant counts the
	// payment as spent.
	NothingSent BehaviorKind = "nothing-sent"
	// NotFunded sends nothing, and fails when the quote expires.
	NotFunded BehaviorKind = "not-funded"
	// ClaimsSent says that it sent everything. Nothing arrives.
	ClaimsSent BehaviorKind = "claims-sent"
	// ClaimsFailed says that it failed and sent nothing. Everything arrives.
	ClaimsFailed BehaviorKind = "claims-failed"
)

// The behaviors of the receiver's wallet.
const (
	// ReceiverPaid lets somebody else pay all that the incoming payment asks for
	// after the quote: the payment is refused with 400 "invalid quote".
	ReceiverPaid BehaviorKind = "receiver-paid"
	// ReceiverShared lets somebody else pay half of what the incoming payment asks
	// for before the payment sends.
	ReceiverShared BehaviorKind = "receiver-shared"
	// ReceiverCompleted completes the incoming payment before the payment sends.
	ReceiverCompleted BehaviorKind = "receiver-completed"
	// ReceiverExpired lets the incoming payment expire before the payment sends.
	ReceiverExpired BehaviorKind = "receiver-expired"
	// ReceiverDown makes the receiver's server unreachable: it resets connections, no
	// quote is made, and a payment is refused with 400 "invalid quote".
	ReceiverDown BehaviorKind = "receiver-down"
	// ReceiverDownSending makes the receiver's server unreachable when the payment
	// sends: it sends nothing, for good, with failed false.
	ReceiverDownSending BehaviorKind = "receiver-down-sending"
)

// A Behavior is how the payments of a wallet go wrong. Kind says which of the other
// fields it uses.
type Behavior struct {
	Kind  BehaviorKind
	Times int // how many uses it has; 0: from now on
	Delay time.Duration
	Fee   Fee
	URL   string
	Run   func() // the server holds no lock
}

// Behaviors returns the names of all behaviors.
func Behaviors() []BehaviorKind {
	all := make([]BehaviorKind, len(resourceserver.Kinds))
	for i, kind := range resourceserver.Kinds {
		all[i] = BehaviorKind(kind)
	}
	return all
}

// Behave adds a behavior to a wallet of this server. A wallet can have several.
func (s *Server) Behave(walletAddress string, b Behavior) error {
	return s.resources.Behave(walletAddress, resourceserver.Behavior{Kind: resourceserver.Kind(b.Kind), Times: b.Times,
		Delay: b.Delay, Fee: resourceserver.Fee(b.Fee), URL: b.URL, Run: b.Run})
}

// ClearBehaviors makes a wallet of this server behave well again. Payments that were
// made before go on as they began.
func (s *Server) ClearBehaviors(walletAddress string) error {
	return s.resources.ClearBehaviors(walletAddress)
}
