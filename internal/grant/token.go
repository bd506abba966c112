package grant

import (
	"context"
	"crypto/subtle"
	"log/slog"
	"slices"
	"time"

	"github.com/opgrants/opgrants/pkg/opclient"
)

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

// Token hands an access token that works to the grant's owner. The first call
// must present the code that the user's browser brought back. A token whose
// promise is over, or that was refused, is rotated by exactly one caller, at most
// once in this call; the others wait for the new one. See rule 10 in
// ARCHITECTURE.md.
func (s *Service) Token(ctx context.Context, owner, id string, r TokenRequest) (*TokenAnswer, error) {
	ctx, cancel := Begin(ctx)
	defer cancel()
	it, err := s.getOwned(ctx, owner, id)
	if err != nil {
		return nil, err
	}
	it, err = s.withToken(ctx, it, r.Refused, func(it *Item) (*Item, error) { return s.usable(ctx, it, r.Code) })
	if err != nil {
		return nil, err
	}
	return it.tokenAnswer(), nil
}

// withToken returns the grant with a token that works, as Token says. check is
// asked before each step, and returns the grant as it is then.
func (s *Service) withToken(ctx context.Context, it *Item, refused string, check func(*Item) (*Item, error)) (*Item, error) {
	until := s.now().Add(longestTurn)
	var err error
	for err == nil {
		if it, err = check(it); err != nil {
			break
		}
		switch readiness, wait := it.readiness(s.now(), refused); readiness {
		case ready:
			return it, nil
		case leased:
			if !s.now().Before(until) {
				return nil, &Error{Code: CodeBusy, RetryAfter: 2 * time.Second,
					Detail: "The token is being renewed. Ask again."}
			}
			it, err = s.readAfter(ctx, it.ID, look)
		case nearItsEnd:
			it, err = s.readAfter(ctx, it.ID, wait)
		case rotatable:
			var done progress
			done, err = s.rotate(ctx, it, nil)
			switch it = done.it; {
			case err != nil:
			case done.renewed: // handed out, however short its life
				return it, nil
			case it == nil:
				err = NotFound()
			case done.cause != nil && slices.Contains([]state{stateClaimed, stateRotating, statePaying}, it.state()):
				err = notRotated(done.cause)
			}
		}
	}
	return nil, err
}

// usable settles a grant, checks that a token may leave it, and claims it with the
// code if nobody has yet. A rotation that must be repeated is left to the caller.
func (s *Service) usable(ctx context.Context, it *Item, code string) (*Item, error) {
	for {
		if it.state() != stateRotating {
			var err error
			if it, err = s.settle(ctx, it, nil); err != nil {
				return nil, err
			}
		}
		if err := it.mayHandOut(At(s.now())); err != nil {
			return nil, err
		}
		if err := it.checkCode(code); err != nil {
			return nil, err
		}
		if it.Claimed {
			return it, nil
		}
		w := s.change(ctx, it, claim(s.now()))
		switch w.Kind {
		case saved:
			s.log().InfoContext(ctx, "grant claimed", slog.String("grant_id", it.ID))
			s.count(ctx, GrantClaimed, "")
			return w.Stored, nil
		case lost:
			// Claimed by another call, or ended: all is checked again.
			if it = w.Stored; it == nil {
				return nil, NotFound()
			}
		case unknown:
			return nil, writeError(w.Err)
		}
	}
}

func (s *Service) readAfter(ctx context.Context, id string, wait time.Duration) (*Item, error) {
	if err := s.sleep(ctx, wait); err != nil {
		return nil, err
	}
	return s.get(ctx, id)
}

// A readiness is what is to be done before a token leaves.
type readiness int

const (
	ready      readiness = iota
	leased               // wait for another caller
	nearItsEnd           // wait until its promise is over
	rotatable
)

// readiness reports whether the token may be handed out, and how long its promise
// lasts if that is to be waited out. refused is a token that a resource server
// did not accept.
func (it *Item) readiness(now time.Time, refused string) (r readiness, wait time.Duration) {
	switch {
	case it.isLeased(now):
		return leased, 0
	case it.owesRotation(): // nobody knows which token works
		return rotatable, 0
	case refused != "" && subtle.ConstantTimeCompare([]byte(refused), []byte(it.Token)) == 1:
		return rotatable, 0
	case it.TokenExpires == 0:
		return ready, 0
	}
	left := it.TokenExpires.Time().Sub(now)
	least := leastPromise
	if it.TokenMade != 0 {
		least = min(least, it.TokenExpires.Time().Sub(it.TokenMade.Time())/2)
	}
	switch {
	case left > 0 && left >= least:
		return ready, 0
	case left > 0:
		return nearItsEnd, left
	}
	return rotatable, 0
}

// mayHandOut reports whether a token may leave: not before consent, and not once
// the grant has ended or is about to.
func (it *Item) mayHandOut(now Instant) error {
	detail := "The grant was revoked. Ask for a new one."
	if it.Failure != nil {
		detail = it.Failure.Detail
	}
	status := it.status(now)
	switch {
	case it.Ending == Revoked || status == Revoked:
		return &Error{Code: CodeRevoked, Detail: detail}
	case it.Failure != nil:
		return &Error{Code: CodeFailed, Detail: detail}
	case it.Ending != "":
		status = it.Ending
	}
	switch {
	case status == Granted:
		return nil
	case status == Rejected:
		return &Error{Code: CodeRejected, Detail: "The user refused. Ask again only if they want to."}
	case status == Expired && it.Status == Granted:
		return &Error{Code: CodeExpired, Detail: "The access token was not renewed for 30 days, so the wallet has forgotten it. Ask for a new grant."}
	case status == Expired:
		return &Error{Code: CodeExpired, Detail: "Nobody consented in time. Ask for a new grant."}
	default:
		return &Error{Code: CodeNotGranted, Detail: "The user has not consented yet. Ask again when the wallet has sent them back.", RetryAfter: 5 * time.Second}
	}
}

// checkCode accepts the grant's own code, and none once it was accepted.
func (it *Item) checkCode(code string) error {
	switch {
	case code == "" && it.Claimed:
		return nil
	case code == "":
		return &Error{Code: CodeCodeRequired, Field: "code",
			Detail: "The first time, present the code that the user's browser brought to your returnUrl, with the grant's id from the session that asked for it."}
	case !it.isCode(code):
		return &Error{Code: CodeWrongCode, Field: "code",
			Detail: "This is not the code of this grant. If the browser session is right, somebody else may have consented: do not retry, ask for a new grant."}
	}
	return nil
}

func (it *Item) tokenAnswer() *TokenAnswer {
	if it.ProveSubject {
		return &TokenAnswer{WalletAddress: it.WalletAddress, Subject: it.Subject}
	}
	return &TokenAnswer{
		AccessToken:    it.Token,
		ExpiresAt:      it.TokenExpires.pointer(),
		Access:         it.Access,
		ResourceServer: it.ResourceServer,
		WalletAddress:  it.WalletAddress,
	}
}
