package shop

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/serviceapi"
)

// payWait is how long a payment may let the browser wait. After that its page loads
// again until the payment is decided.
const payWait = 5 * time.Second

// addCoffee adds a coffee to the order. The caller holds o.mu.
func (s *Shop) addCoffee(o *order, price cents) *coffee {
	c := &coffee{Price: price, At: s.Clock.Now(), key: rand.Text()}
	o.Coffees = append(o.Coffees, c)
	return c
}

// buyAnother buys one more coffee within the order's permission. Nobody is asked again.
func (s *Shop) buyAnother(w http.ResponseWriter, r *http.Request, o *order) {
	defer s.redirectToOrder(w, r, o)
	price, err := parseCents(r.PostFormValue("amount"))
	key := r.PostFormValue("key") // a form that is sent twice buys one coffee
	o.mu.Lock()
	if o.Notice = ""; err != nil {
		o.Notice = err.Error()
	}
	if err != nil || key == "" || o.forms[key] || o.State != granted || !o.Daily {
		o.mu.Unlock()
		return
	}
	o.forms[key] = true
	c := s.addCoffee(o, price)
	ctx := o.begin(r.Context(), "Another coffee, for "+price.String())
	o.mu.Unlock()
	s.pay(ctx, o, c)
}

// tryAgain sends the request for the last coffee's payment again. It has the same key,
// so that it cannot pay twice.
func (s *Shop) tryAgain(w http.ResponseWriter, r *http.Request, o *order) {
	defer s.redirectToOrder(w, r, o)
	o.mu.Lock()
	c := o.Last()
	if c == nil || !c.MayBeTried() {
		o.mu.Unlock()
		return
	}
	c.Problem = ""
	ctx := o.begin(r.Context(), "Trying again")
	o.mu.Unlock()
	s.pay(ctx, o, c)
}

// pay asks the service for the payment of a coffee: one call, which waits for its end.
func (s *Shop) pay(ctx context.Context, o *order, c *coffee) {
	o.mu.Lock()
	request := serviceapi.PaymentRequest{Code: o.code}
	if o.Daily { // a checkout says all of this already
		request.To, request.ReceiveAmount, request.Description = s.Own, c.Price.amount(), "Coffee"
	}
	o.mu.Unlock()
	payment, err := s.Service.Pay(ctx, o.grantID, c.key, request, payWait)
	if err == nil && o.Daily {
		s.readPermission(ctx, o)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if err != nil {
		o.savePaymentError(c, err)
		return
	}
	o.code = ""
	if o.State == settling {
		o.State = granted
	}
	o.savePayment(c, payment)
}

// look asks the service about a payment that is on its way.
func (s *Shop) look(ctx context.Context, o *order, id string) {
	payment, err := s.Service.Payment(ctx, o.grantID, id)
	if err != nil {
		return // the next look tells
	}
	if payment.IsDecided() && o.Daily {
		s.readPermission(ctx, o)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, c := range o.Coffees {
		if c.Payment == id {
			o.savePayment(c, payment)
		}
	}
}

// savePayment saves what the service says of a coffee's payment.
func (o *order) savePayment(c *coffee, p *serviceapi.Payment) {
	c.Payment, c.Status = p.ID, p.Status
	c.Leaves, c.Arrives = formatAmount(p.DebitAmount), formatAmount(p.ReceivedAmount)
	c.Problem = o.explain(c, p)
}

// savePaymentError saves why the service made no payment. If that may pass, the customer
// can try again with the same key.
func (o *order) savePaymentError(c *coffee, err error) {
	var p *serviceapi.Problem
	isProblem := errors.As(err, &p)
	first := o.State == settling
	switch {
	case !isProblem:
		c.Problem = "The payment service does not answer. If you try again, you do not pay twice."
	case p.Code == "not_granted": // nobody has consented: the code is invented
		o.State, o.code = waiting, ""
		o.Coffees = o.Coffees[:len(o.Coffees)-1]
		return
	case p.MayPass():
		c.Problem = "Your wallet cannot be asked right now: " + p.Detail + " If you try again, you do not pay twice."
	case first:
		o.fail(err)
		return
	case p.Status == http.StatusGone:
		c.Status, c.Problem = serviceapi.Failed, "You have ended this permission, so nothing was paid."
		o.State, o.Notice = ended, c.Problem
	default:
		c.Status, c.Problem = serviceapi.Failed, "We could not ask your wallet: "+p.Detail
	}
	if first {
		o.State = granted
	}
}

// readPermission reads how much of the permission is spent, and until when the service
// has a token that works.
func (s *Shop) readPermission(ctx context.Context, o *order) {
	spent, spentErr := s.Service.Spent(ctx, o.grantID)
	grant, grantErr := s.Service.Grant(ctx, o.grantID)
	o.mu.Lock()
	defer o.mu.Unlock()
	if spentErr == nil && spent.Debit != nil {
		if n, err := strconv.ParseInt(spent.Debit.Value, 10, 64); err == nil {
			o.Spent = cents(n)
		}
	}
	if grantErr == nil {
		o.TokenExpiry = grant.TokenExpiresAt
		if o.TokenExpiry != nil && s.RealTime {
			at := s.Clock.fromReal(*o.TokenExpiry)
			o.TokenExpiry = &at
		}
	}
}

// endPermission ends the order's permission, at the wallet too.
func (s *Shop) endPermission(w http.ResponseWriter, r *http.Request, o *order) {
	defer s.redirectToOrder(w, r, o)
	o.mu.Lock()
	live := o.State == granted
	o.Notice = ""
	var ctx context.Context
	if live {
		ctx = o.begin(r.Context(), "The end of the permission")
	}
	o.mu.Unlock()
	if !live {
		return
	}
	err := s.Service.End(ctx, o.grantID)
	o.mu.Lock()
	defer o.mu.Unlock()
	if err != nil {
		o.Notice = "Your wallet could not be reached yet, but nothing more is taken. Please try again in a moment."
		return
	}
	o.State, o.TokenExpiry = ended, nil
}
