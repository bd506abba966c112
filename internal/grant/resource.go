package grant

import (
	"time"

	"github.com/opgrants/opgrants/pkg/opclient"
)

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
	Receiver      string         `json:"receiver"`
	Interval      string         `json:"interval"`
}

// AmountRequest is an amount whose asset the wallet address may know.
type AmountRequest struct {
	Value      string `json:"value"`
	AssetCode  string `json:"assetCode"`
	AssetScale *uint8 `json:"assetScale"`
}

// A Resource is a grant as its owner sees it. It holds no secret.
type Resource struct {
	ID               string            `json:"id"`
	Status           Status            `json:"status"`
	Claimed          bool              `json:"claimed"`
	WalletAddress    string            `json:"walletAddress"`
	Access           []opclient.Access `json:"access"`
	Reference        string            `json:"reference,omitempty"`
	CreatedAt        time.Time         `json:"createdAt"`
	ConsentURL       string            `json:"consentUrl,omitempty"`
	ConsentExpiresAt *time.Time        `json:"consentExpiresAt,omitempty"`
	TokenExpiresAt   *time.Time        `json:"tokenExpiresAt,omitempty"`
	Payment          *PaymentView      `json:"payment,omitempty"` // of a checkout
	Failure          *Failure          `json:"failure,omitempty"`
	Upstream         string            `json:"upstream,omitempty"` // "unconfirmed": ended here only, the wallet may still have it

	Replayed bool `json:"-"` // the Idempotency-Key had made it before
}

// A TokenRequest is the body of POST /grants/{id}/token.
type TokenRequest struct {
	Code string `json:"code"` // needed the first time, for a grant with a returnUrl
	// Refused is a token that a resource server did not accept before its
	// expiresAt.
	Refused string `json:"refused"`
}

// A TokenAnswer carries the access token to the grant's owner.
type TokenAnswer struct {
	AccessToken    string            `json:"accessToken,omitempty"`
	ExpiresAt      *time.Time        `json:"expiresAt,omitempty"` // the token works until then; nil: the wallet says no time
	Access         []opclient.Access `json:"access,omitempty"`
	ResourceServer string            `json:"resourceServer,omitempty"`
	WalletAddress  string            `json:"walletAddress"`
	Subject        string            `json:"subject,omitempty"` // of a subject grant, which has no token
}

// An Outcome is what the browser gets at the finish link.
type Outcome struct {
	Redirect string // 303 to the app; empty: a page
	Page     Page
	Code     string        // of the failure, for PageFailed
	Refresh  time.Duration // the page asks again after this; 0: it does not
	AppURL   string        // the app's page that the page leads back to; empty: unknown
}

// A Page is one that a person sees at the finish link.
type Page string

// The pages. Any other end of a finish is an [Error].
const (
	PageGranted  Page = "granted"  // the user consented; the grant has no returnUrl
	PageFinished Page = "finished" // the user consented before: go back to the app
	PageRejected Page = "rejected" // the user refused
	PageFailed   Page = "failed"   // Code says why
	PageMoment   Page = "moment"   // not yet: Refresh
)

// status is the stored one, or expired, which is computed on reading: a consent
// that comes too late still wins with a good hash, and a token that was not
// rotated for 30 days is forgotten by its wallet.
func (it *Item) status(now Instant) Status {
	switch expires := it.expiresAt(); {
	case it.Status == Pending && it.ConsentExpires != 0 && now > it.ConsentExpires:
		return Expired
	case expires != 0 && now > expires:
		return Expired
	}
	return it.Status
}

// resource is the grant without its secrets.
func (it *Item) resource(now time.Time) *Resource {
	r := &Resource{
		ID:               it.ID,
		Status:           it.status(At(now)),
		Claimed:          it.Claimed,
		WalletAddress:    it.WalletAddress,
		Access:           it.Access,
		Reference:        it.Reference,
		CreatedAt:        it.Created.Time(),
		ConsentURL:       it.ConsentURL,
		ConsentExpiresAt: it.ConsentExpires.pointer(),
		TokenExpiresAt:   it.TokenExpires.pointer(),
		Payment:          it.Checkout.view(),
		Failure:          it.Failure,
	}
	if r.Access == nil {
		r.Access = []opclient.Access{}
	}
	if it.Ending == Revoked && it.Failure == nil {
		r.Failure = newFailure(CodeRevoked)
	}
	if it.Unconfirmed {
		r.Upstream = "unconfirmed"
	}
	return r
}
