package payment

import (
	"strconv"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/pkg/opclient"
)

// Codes of a [grant.Error] that only payments have. Package httpapi has the HTTP
// status of each.
const (
	CodeKeyRequired     = "idempotency_key_required" // 400
	CodePaymentFailed   = "payment_failed"           // 402, with the payment
	CodeInProgress      = "payment_in_progress"      // 409: the grant has another payment in flight
	CodePayeeNotAllowed = "payee_not_allowed"        // 422
	CodeNotPayable      = "grant_not_payable"        // 422: the grant does not allow to make and read payments
)

// Codes of a [grant.Failure] of a payment.
const (
	FailureInsufficientGrant = "insufficient_grant"   // over the grant's limits, or not allowed by it
	FailurePriceChanged      = "price_changed"        // of a checkout: it costs more, or less would arrive
	FailureNotPayable        = "receiver_not_payable" // the incoming payment has expired, or takes no more
	FailureTooSmall          = "amount_too_small"     // nothing would arrive
	FailureNotMade           = "not_made"             // it was not sent in time or before the grant ended, or never reached the wallet
	FailureCancelled         = "cancelled_at_wallet"
	FailureAtWallet          = "failed_at_wallet"
	FailureRefused           = "refused_by_wallet" // Detail says how
)

// CodeTryLater is the code of a payment that the payer's wallet could not take now:
// 503, and nothing was sent.
const CodeTryLater = "wallet_try_later"

func newFailure(code, detail string) *grant.Failure {
	if detail == "" {
		detail = failureDetails[code]
	}
	return &grant.Failure{Code: code, Detail: detail}
}

var failureDetails = map[string]string{
	FailureInsufficientGrant: "The grant does not allow this payment: it is over the limit, goes to another receiver, or its interval is over or has not begun.",
	FailureNotPayable:        "The receiver cannot be paid: it has expired, takes no more, or cannot be reached from the payer's wallet.",
	FailureTooSmall:          "The amount is too small: nothing would arrive.",
	FailureNotMade:           "The payment did not reach the payer's wallet. Nothing was sent.",
	FailureCancelled:         "The payment was cancelled at the payer's wallet. Nothing was sent.",
	FailureAtWallet:          "The payment failed at the payer's wallet. Nothing was sent.",
}

func amountText(a opclient.Amount) string {
	return a.Value + " " + a.AssetCode + " (scale " + strconv.Itoa(int(a.AssetScale)) + ")"
}

// limit cuts a text after n characters.
func limit(s string, n int) string {
	if runes := []rune(s); len(runes) > n {
		return string(runes[:n]) + "…"
	}
	return s
}
