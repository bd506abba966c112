package grant

import (
	"time"

	"github.com/opgrants/opgrants/pkg/opclient"
)

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
