package payment

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
	FailureNotMade           = "not_made"             // it was not sent in time, or never reached the wallet
	FailureCancelled         = "cancelled_at_wallet"
	FailureAtWallet          = "failed_at_wallet"
	FailureRefused           = "refused_by_wallet" // Detail says how
)
