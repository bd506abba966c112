package grant

import (
	"context"
	"io"
	"log/slog"
	"time"

	"github.com/opgrants/opgrants/pkg/opclient"
)

// An AuthorizationServer is what a grant needs of the wallets' servers.
// [opclient.Client] is one.
type AuthorizationServer interface {
	WalletAddress(ctx context.Context, url string) (*opclient.WalletAddress, error)
	RequestGrant(ctx context.Context, authServer string, r opclient.GrantRequest) (*opclient.Grant, error)
	Continue(ctx context.Context, k opclient.Continue, interactRef string) (*opclient.Grant, error)
	Cancel(ctx context.Context, k opclient.Continue) error
}

// A Service runs the lives of grants. Its exported fields are set once, before
// its first use.
type Service struct {
	Store        Store
	Server       AuthorizationServer
	PublicURL    string   // base of the finish links: https://grants.example
	ReturnURLs   []string // what a returnUrl may be: scheme, host, port and path
	AllowUnbound bool     // grants without a returnUrl (see rule 9 in README)

	Log    *slog.Logger                                     // nil: none
	Now    func() time.Time                                 // nil: time.Now
	Sleep  func(ctx context.Context, d time.Duration) error // nil: a timer
	Random io.Reader                                        // nil: crypto/rand
	Lease  time.Duration                                    // longer than a request may take; 0: 60 s
}
