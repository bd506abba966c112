package command

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"time"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/consent"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/opener"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/serviceapi"
)

// checkoutSteps do the steps of a checkout, from the price to the payment.
type checkoutSteps struct {
	*serviceSteps
	getenv  func(string) string
	back    *consent.Return
	request serviceapi.GrantRequest
	paste   bool
}

// request is what the service is asked for, without the return URL.
func (c *Checkout) request() (r serviceapi.GrantRequest, err error) {
	payment := &serviceapi.Checkout{To: c.To, Description: c.Description}
	if payment.DebitAmount, err = amountOf("--debit", c.Debit); err != nil {
		return r, err
	}
	if payment.ReceiveAmount, err = amountOf("--receive", c.Receive); err != nil {
		return r, err
	}
	if payment.MaxDebitAmount, err = amountOf("--max-debit", c.MaxDebit); err != nil {
		return r, err
	}
	return serviceapi.GrantRequest{WalletAddress: c.Wallet, Payment: payment, Reference: c.Reference}, nil
}

func (s *checkoutSteps) run(ctx context.Context) error {
	if err := s.out.IdempotencyKey(s.key); err != nil {
		return err
	}
	s.request.ReturnURL = s.back.ReturnURL(s.state())
	grant, err := s.ask(ctx)
	if err != nil {
		return err
	}
	if err := s.out.Grant(grant); err != nil {
		return err
	}
	if p := grant.Payment; p != nil {
		s.term.Say("%s leaves, %s arrives.", formatAmount(&p.DebitAmount), formatAmount(&p.ReceiveAmount))
	}
	code := ""
	if !grant.Claimed { // a claimed one has this payment, or may have it at once
		if code, err = s.consent(ctx, grant); err != nil {
			return err
		}
	}
	return s.pay(ctx, grant.ID, serviceapi.PaymentRequest{Code: code})
}

// state is in the return URL. It is the same for the same key: the request must not
// change when it is repeated.
func (s *checkoutSteps) state() string {
	sum := sha256.Sum256([]byte("opgrants checkout\n" + s.key))
	return base64.RawURLEncoding.EncodeToString(sum[:16])
}

// askTries is how often a grant is asked for while that may pass.
const askTries = 4

// ask starts the checkout, or returns the one that the key has started.
func (s *checkoutSteps) ask(ctx context.Context) (*serviceapi.Grant, error) {
	for try := 1; ; try++ {
		grant, err := s.client.RequestGrant(ctx, s.key, s.request)
		var problem *serviceapi.Problem
		switch {
		case err == nil:
			return grant, nil
		case ctx.Err() != nil:
			return nil, s.interrupted()
		case !isProblem(err, &problem), !problem.MayPass(), try == askTries:
			return nil, s.explain(err)
		}
		pause := max(time.Second<<(try-1), problem.RetryAfter)
		s.term.Say("Trying again in %s: %v", pause, err)
		if consent.Sleep(ctx, pause) != nil {
			return nil, s.interrupted()
		}
	}
}

// consent waits until the user has answered, and returns the code that the browser
// brings.
func (s *checkoutSteps) consent(ctx context.Context, grant *serviceapi.Grant) (code string, err error) {
	switch grant.Status {
	case serviceapi.Pending:
		if err := s.out.Interact(grant.ConsentURL); err != nil {
			return "", err
		}
		if !s.paste {
			opener.Offer(ctx, s.term, s.getenv, grant.ConsentURL)
		}
	case serviceapi.Processing, serviceapi.Granted:
		s.term.Say("The user has allowed it already. Reload the last page in the browser: it comes back here for five minutes.")
	default:
		return "", s.ended(grant)
	}
	code, err = s.back.Code(ctx, s.term, s.state())
	switch {
	case ctx.Err() != nil:
		return "", s.interrupted()
	case err == nil:
		return code, nil
	case exit.Of(err) != exit.UserRefused && exit.Of(err) != exit.Left:
		return "", suggest(exit.Of(err).With("%w", detailOf(err)), s.again)
	}
	// Anybody could have written that link: the service knows how the grant ended.
	now, asked := s.client.Grant(ctx, grant.ID)
	if asked != nil {
		return "", s.explain(asked)
	}
	if now.Status != serviceapi.Pending {
		return "", s.ended(now)
	}
	return "", suggest(exit.Of(err).With("%w", detailOf(err)), s.again)
}

// ended is the error of a grant from which nothing can be paid.
func (s *checkoutSteps) ended(g *serviceapi.Grant) error {
	code := exit.WalletRefused
	switch g.Status {
	case serviceapi.Rejected:
		code = exit.UserRefused
	case serviceapi.Expired:
		code = exit.TimedOut
	}
	detail := "The grant is " + g.Status + ": nothing was paid."
	if g.Failure != nil {
		detail += " " + g.Failure.Code + ": " + g.Failure.Detail
	}
	return suggest(code.With("%s Another checkout needs another --idempotency-key.", detail), "opgrants checkout")
}
