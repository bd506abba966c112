package demo

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/opgrants/opgrants/pkg/opclient"
)

// another buys one more coffee with a permission that there is: nobody is asked.
func (s *shop) another(w http.ResponseWriter, r *http.Request, o *order) {
	price, err := parseCents(r.PostFormValue("amount"))
	s.mu.Lock()
	defer s.backTo(w, r, o)
	key := r.PostFormValue("key") // who sends the form twice means one coffee
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

// buy takes a price, with the token at hand or else one that it asks for, and
// notes what came of it.
func (s *shop) buy(ctx context.Context, o *order, price cents, token opclient.Secret) {
	c := coffee{Price: price, At: s.clock.now()}
	token, err := s.withToken(ctx, o, token, func(token opclient.Secret) error {
		return s.till.charge(ctx, token, price, o.ID)
	})
	spent := cents(-1)
	if token != "" {
		if told, err := s.till.spent(ctx, token); err == nil {
			spent = told
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

// look asks what is spent of a permission.
func (s *shop) look(ctx context.Context, o *order) {
	s.mu.Lock()
	if o.State != granted {
		s.mu.Unlock()
		return
	}
	done := o.begin("A look at what is spent")
	s.mu.Unlock()
	var spent cents
	_, err := s.withToken(ctx, o, "", func(token opclient.Secret) (err error) {
		spent, err = s.till.spent(ctx, token)
		return err
	})
	s.mu.Lock()
	defer s.mu.Unlock()
	done()
	if err == nil {
		o.Spent = spent
	}
}

// withToken does something with a token that works. One that the wallet does not
// take, although its time is not over, is presented to the service as refused,
// for another.
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
	o.hold(answer)
	return o.token, nil
}

func (o *order) hold(t *tokenAnswer) {
	o.token, o.ExpiresAt, o.ResourceServer = opclient.Secret(t.AccessToken), t.ExpiresAt, t.ResourceServer
}

// explain says in plain words why a coffee was not paid.
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

// end gives the permission back, at the wallet too.
func (s *shop) end(w http.ResponseWriter, r *http.Request, o *order) {
	defer s.backTo(w, r, o)
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
		o.Notice = "Your wallet could not be told yet, but nothing more is taken. Please try again in a moment."
		return
	}
	o.State, o.token = ended, ""
}
