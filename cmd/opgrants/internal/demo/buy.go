package demo

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/opgrants/opgrants/pkg/opclient"
)

// buyAnother buys one more coffee within the order's permission. Nobody is asked again.
func (s *shop) buyAnother(w http.ResponseWriter, r *http.Request, o *order) {
	price, err := parseCents(r.PostFormValue("amount"))
	s.mu.Lock()
	defer s.redirectToOrder(w, r, o)
	key := r.PostFormValue("key") // a form that is sent twice buys one coffee
	if o.Notice = ""; err != nil {
		o.Notice = err.Error()
	}
	if err != nil || key == "" || o.keys[key] || o.State != granted || !o.Daily {
		s.mu.Unlock()
		return
	}
	o.keys[key] = true
	done := o.begin("Another coffee, for " + price.String())
	s.mu.Unlock()
	s.buy(context.WithoutCancel(r.Context()), o, price, "")
	s.mu.Lock()
	done()
	s.mu.Unlock()
}

// buy makes a payment of price and adds the coffee to the order. Without a token it
// asks the service for one.
func (s *shop) buy(ctx context.Context, o *order, price cents, token opclient.Secret) {
	c := coffee{Price: price, At: s.clock.now()}
	token, err := s.withToken(ctx, o, token, func(token opclient.Secret) error {
		return s.payments.charge(ctx, token, price, o.ID)
	})
	spent := cents(-1)
	if token != "" {
		if read, err := s.payments.readSpent(ctx, token); err == nil {
			spent = read
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if spent >= 0 {
		o.Spent = spent
	}
	if c.Paid = err == nil; !c.Paid {
		c.Problem = o.explain(err, price)
	}
	o.Coffees = append(o.Coffees, c)
	var p *problem
	if errors.As(err, &p) && p.Code == "revoked" {
		o.State, o.token, o.Notice = ended, "", c.Problem
	}
}

// updateSpent reads how much of the order's permission is spent.
func (s *shop) updateSpent(ctx context.Context, o *order) {
	s.mu.Lock()
	if o.State != granted {
		s.mu.Unlock()
		return
	}
	done := o.begin("Reading what is spent")
	s.mu.Unlock()
	var spent cents
	_, err := s.withToken(ctx, o, "", func(token opclient.Secret) (err error) {
		spent, err = s.payments.readSpent(ctx, token)
		return err
	})
	s.mu.Lock()
	defer s.mu.Unlock()
	done()
	if err == nil {
		o.Spent = spent
	}
}

// withToken calls do with a token. If the wallet refuses the token as inactive, it
// reports that to the service, which gives another, and calls do once more. An empty
// token is one from the service. It returns the token that was used last.
func (s *shop) withToken(ctx context.Context, o *order, token opclient.Secret, do func(opclient.Secret) error) (opclient.Secret, error) {
	var err error
	if token == "" {
		if token, err = s.newToken(ctx, o, ""); err != nil {
			return "", err
		}
	}
	if err = do(token); !errors.Is(err, opclient.ErrInactiveToken) {
		return token, err
	}
	if token, err = s.newToken(ctx, o, token); err != nil {
		return "", err
	}
	return token, do(token)
}

func (s *shop) newToken(ctx context.Context, o *order, refused opclient.Secret) (opclient.Secret, error) {
	answer, err := s.grants.accessToken(ctx, o.grantID, tokenRequest{Refused: string(refused)})
	if err != nil {
		return "", err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	o.saveToken(answer)
	return o.token, nil
}

func (o *order) saveToken(t *tokenAnswer) {
	o.token, o.ExpiresAt, o.ResourceServer = opclient.Secret(t.AccessToken), t.ExpiresAt, t.ResourceServer
}

// explain says why a coffee was not paid, for the customer.
func (o *order) explain(err error, price cents) string {
	var p *problem
	switch {
	case errors.Is(err, opclient.ErrOverLimit):
		allowed := "in all"
		if o.Daily {
			allowed = "a day"
		}
		return fmt.Sprintf("You allowed %s %s, and %s of that is spent. %s is left, and this coffee costs %s: your wallet did not let us take it.",
			o.Limit, allowed, o.Spent, o.Left(), price)
	case errors.Is(err, errNotSent):
		return "Your wallet could not send it. There may not be enough money in it."
	case errors.Is(err, errNotArrived):
		return "Your wallet has taken it, but it has not arrived here yet. You need not pay it again."
	case errors.Is(err, errUnclear):
		return "Your wallet did not tell us whether it paid. Look there before you order again."
	case errors.As(err, &p) && p.Code == "revoked":
		return "You have ended this permission, so we asked your wallet for nothing."
	case errors.As(err, &p):
		return "We could not ask your wallet: " + p.Detail
	}
	return "Your wallet cannot be asked right now. Nothing was paid."
}

// endPermission ends the order's permission, at the wallet too.
func (s *shop) endPermission(w http.ResponseWriter, r *http.Request, o *order) {
	defer s.redirectToOrder(w, r, o)
	s.mu.Lock()
	live := o.State == granted
	o.Notice = ""
	var done func()
	if live {
		done = o.begin("The end of the permission")
	}
	s.mu.Unlock()
	if !live {
		return
	}
	err := s.grants.end(context.WithoutCancel(r.Context()), o.grantID)
	s.mu.Lock()
	defer s.mu.Unlock()
	done()
	if err != nil {
		o.Notice = "Your wallet could not be reached yet, but nothing more is taken. Please try again in a moment."
		return
	}
	o.State, o.token = ended, ""
}
