package serviceapi

import "time"

// An Amount is a number of minor units of an asset. In some requests the asset may be
// left out, because the service knows it.
type Amount struct {
	Value      string `json:"value"`
	AssetCode  string `json:"assetCode,omitempty"`
	AssetScale *uint8 `json:"assetScale,omitempty"`
}

// A GrantRequest is the body of POST /grants, with a checkout or limits.
type GrantRequest struct {
	WalletAddress string    `json:"walletAddress"`
	Payment       *Checkout `json:"payment,omitempty"`
	Limits        *Limits   `json:"limits,omitempty"`
	Quote         bool      `json:"quote,omitempty"`
	ReturnURL     string    `json:"returnUrl"`
	Reference     string    `json:"reference,omitempty"`
}

// A Checkout is one payment that the user consents to. To "": to the service's own
// wallet address.
type Checkout struct {
	To             string  `json:"to,omitempty"`
	DebitAmount    *Amount `json:"debitAmount,omitempty"`
	ReceiveAmount  *Amount `json:"receiveAmount,omitempty"`
	MaxDebitAmount *Amount `json:"maxDebitAmount,omitempty"`
	Description    string  `json:"description,omitempty"`
}

// Limits are the most that may be debited, in each interval if there is one.
type Limits struct {
	DebitAmount *Amount `json:"debitAmount"`
	Interval    string  `json:"interval,omitempty"`
}

// A Grant is a consent as the service shows it.
type Grant struct {
	ID               string           `json:"id"`
	Status           string           `json:"status"`
	Claimed          bool             `json:"claimed"`
	WalletAddress    string           `json:"walletAddress"`
	Reference        string           `json:"reference,omitempty"`
	ConsentURL       string           `json:"consentUrl,omitempty"`
	ConsentExpiresAt *time.Time       `json:"consentExpiresAt,omitempty"`
	TokenExpiresAt   *time.Time       `json:"tokenExpiresAt,omitempty"`
	Payment          *CheckoutPayment `json:"payment,omitempty"`
	Failure          *Failure         `json:"failure,omitempty"`
}

// A CheckoutPayment is what a checkout will pay. ID "": it was not asked for yet.
type CheckoutPayment struct {
	To             string `json:"to"`
	DebitAmount    Amount `json:"debitAmount"`
	ReceiveAmount  Amount `json:"receiveAmount"`
	MaxDebitAmount Amount `json:"maxDebitAmount"`
	ID             string `json:"id,omitempty"`
}

// A PaymentRequest is the body of POST /grants/{id}/payments. For a checkout it has at
// most the code.
type PaymentRequest struct {
	To            string  `json:"to,omitempty"`
	DebitAmount   *Amount `json:"debitAmount,omitempty"`
	ReceiveAmount *Amount `json:"receiveAmount,omitempty"`
	Description   string  `json:"description,omitempty"`
	Code          string  `json:"code,omitempty"`
}

// The statuses of a grant that a caller acts on.
const (
	Pending    = "pending" // of a payment too: the wallet has it, and money is on its way
	Processing = "processing"
	Granted    = "granted"
	Rejected   = "rejected"
	Expired    = "expired"
)

// The further statuses of a payment.
const (
	Completed = "completed"
	Partial   = "partial"
	Failed    = "failed"
	Undecided = "undecided"
)

// A Payment is a payment as the service shows it.
type Payment struct {
	ID              string    `json:"id"`
	GrantID         string    `json:"grantId"`
	Status          string    `json:"status"`
	To              string    `json:"to"`
	Receiver        string    `json:"receiver,omitempty"`
	ReceiverShared  bool      `json:"receiverShared,omitempty"`
	DebitAmount     *Amount   `json:"debitAmount,omitempty"`
	ReceiveAmount   *Amount   `json:"receiveAmount,omitempty"`
	SentAmount      *Amount   `json:"sentAmount,omitempty"`
	ReceivedAmount  *Amount   `json:"receivedAmount,omitempty"`
	CreatedAt       time.Time `json:"createdAt"`
	OutgoingPayment string    `json:"outgoingPayment,omitempty"`
	Failure         *Failure  `json:"failure,omitempty"`
}

// IsDecided reports whether the payment will not change any more.
func (p *Payment) IsDecided() bool { return p.Status != Processing && p.Status != Pending }

// A Failure says why a grant or a payment ended as it did.
type Failure struct {
	Code   string `json:"code"`
	Detail string `json:"detail"`
}

// Spent is what is spent of a grant's limits, in the current interval.
type Spent struct {
	Debit   *Amount `json:"spentDebitAmount"`
	Receive *Amount `json:"spentReceiveAmount"`
}
