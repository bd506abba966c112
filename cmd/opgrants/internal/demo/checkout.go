package demo

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"time"

	"github.com/opgrants/opgrants/pkg/opclient"
)

// createOrder makes an order: it asks the service for a grant and redirects the
// browser to the wallet.
func (s *shop) createOrder(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 4<<10)
	o, err := readOrder(r)
	if err != nil {
		s.render(w, http.StatusUnprocessableEntity, frontPage, frontData{Customer: s.payments.customer, Open: s.openPermissions(r),
			Amount: r.PostFormValue("amount"), Limit: r.PostFormValue("limit"), Daily: o.Daily, Error: err.Error()})
		return
	}
	done := o.begin("The order")
	if err := s.requestGrant(r.Context(), o); err != nil {
		o.setFailed(err)
		done()
	}
	s.remember(w, r, o)
	if o.State == failed {
		s.redirectToOrder(w, r, o)
		return
	}
	http.Redirect(w, r, o.ConsentURL, http.StatusSeeOther)
}

// readOrder reads the form. The limit must suffice for the first coffee.
func readOrder(r *http.Request) (o *order, err error) {
	o = &order{ID: rand.Text(), Daily: r.PostFormValue("often") == "daily", State: waiting, keys: map[string]bool{}}
	if o.first, err = parseCents(r.PostFormValue("amount")); err != nil {
		return o, err
	}
	if o.Limit = o.first; !o.Daily {
		return o, nil
	}
	if o.Limit, err = parseCents(r.PostFormValue("limit")); err == nil && o.Limit < o.first {
		err = errors.New("this coffee costs more than you want to allow a day")
	}
	return o, err
}

// requestGrant asks the service for the order's grant. Its Idempotency-Key has the
// order's id, so that the request may be repeated.
func (s *shop) requestGrant(ctx context.Context, o *order) error {
	l := limits{DebitAmount: amount{Value: o.Limit.minor()}}
	if o.Daily {
		l.Interval = "R/" + s.clock.now().UTC().Format(time.RFC3339) + "/P1D"
	}
	grant, err := s.grants.request(ctx, "order-"+o.ID, grantRequest{
		WalletAddress: s.payments.customer, Limits: l, Actions: []string{"create", "read", "list"}, Quote: true,
		ReturnURL: s.url + returnPath + "?order=" + o.ID, Reference: "order-" + o.ID,
	})
	if err != nil {
		return err
	}
	o.grantID, o.ConsentURL = grant.ID, grant.ConsentURL
	return nil
}

// finishOrder is where the service redirects the browser to in the end. It takes the
// code only from the browser that made the order.
func (s *shop) finishOrder(w http.ResponseWriter, r *http.Request) {
	o := s.find(r, r.URL.Query().Get("order"))
	if o == nil {
		s.render(w, http.StatusForbidden, strangerPage, nil)
		return
	}
	s.mu.Lock()
	mine := o.State == waiting // and no other request is here
	if mine {
		o.State = settling
	}
	s.mu.Unlock()
	if mine {
		// The browser may go away; what was begun is finished.
		s.readOutcome(context.WithoutCancel(r.Context()), o, r.URL.Query().Get("code"))
	}
	s.redirectToOrder(w, r, o) // the code does not stay in the address bar
}

// readOutcome asks the service how the order's grant ended, and makes the first
// payment. It ignores the status in the link: anybody could have written it.
func (s *shop) readOutcome(ctx context.Context, o *order, code string) {
	if code == "" {
		grant, err := s.grants.get(ctx, o.grantID)
		s.mu.Lock()
		defer s.mu.Unlock()
		o.setOutcome(grant, err)
		return
	}
	token, err := s.grants.accessToken(ctx, o.grantID, tokenRequest{Code: code})
	s.mu.Lock()
	defer func() {
		o.Actions[0].end = time.Now()
		s.mu.Unlock()
	}()
	if err != nil {
		o.setFailed(err)
		return
	}
	o.saveToken(token)
	s.mu.Unlock()
	s.buy(ctx, o, o.first, opclient.Secret(token.AccessToken))
	s.mu.Lock()
	if o.State == settling { // buy sets another state if the grant has ended
		o.State = granted
	}
}

// setOutcome sets the state of an order whose customer came back without a code.
func (o *order) setOutcome(grant *grantResource, err error) {
	switch {
	case err != nil:
		o.setFailed(err)
	case grant.Status == "rejected":
		o.State = refused
	case grant.Status == "pending", grant.Status == "processing":
		o.State = waiting
		return
	default:
		o.State, o.Problem = failed, grant.Status
		if grant.Failure != nil {
			o.Problem = grant.Failure.Code + ": " + grant.Failure.Detail
		}
	}
	o.Actions[0].end = time.Now()
}

func (o *order) setFailed(err error) {
	o.State, o.Problem = failed, "The service cannot be reached."
	var p *problem
	if errors.As(err, &p) {
		o.Problem = p.Error()
	}
}
