package demo

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"time"

	"github.com/opgrants/opgrants/pkg/opclient"
)

// place makes an order: it asks for a grant, and sends the browser to the wallet.
func (s *shop) place(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 4<<10)
	o, err := readOrder(r)
	if err != nil {
		s.render(w, http.StatusUnprocessableEntity, frontPage, frontData{Customer: s.till.customer, Open: s.permissions(r),
			Amount: r.PostFormValue("amount"), Limit: r.PostFormValue("limit"), Daily: o.Daily, Error: err.Error()})
		return
	}
	done := o.begin("The order")
	if err := s.ask(r.Context(), o); err != nil {
		o.fail(err)
		done()
	}
	s.remember(w, r, o)
	if o.State == failed {
		s.backTo(w, r, o)
		return
	}
	http.Redirect(w, r, o.ConsentURL, http.StatusSeeOther)
}

// readOrder reads the form. What is allowed is at least the first coffee.
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

// ask asks the service for the order's grant. The order's id makes it safe to
// ask again.
func (s *shop) ask(ctx context.Context, o *order) error {
	l := limits{DebitAmount: amount{Value: o.Limit.minor()}}
	if o.Daily {
		l.Interval = "R/" + s.clock.now().UTC().Format(time.RFC3339) + "/P1D"
	}
	grant, err := s.grants.request(ctx, "order-"+o.ID, grantRequest{
		WalletAddress: s.till.customer, Limits: l, Actions: []string{"create", "read", "list"}, Quote: true,
		ReturnURL: s.url + returnPath + "?order=" + o.ID, Reference: "order-" + o.ID,
	})
	if err != nil {
		return err
	}
	o.grantID, o.ConsentURL = grant.ID, grant.ConsentURL
	return nil
}

// back is where the service sends the browser in the end. Whoever brings the
// link must be the browser that made the order: only then is the code of use.
func (s *shop) back(w http.ResponseWriter, r *http.Request) {
	o := s.find(r, r.URL.Query().Get("order"))
	if o == nil {
		s.render(w, http.StatusForbidden, strangerPage, nil)
		return
	}
	s.mu.Lock()
	mine := o.State == waiting // and not another request's, nor over
	if mine {
		o.State = settling
	}
	s.mu.Unlock()
	if mine {
		// The browser may go away; what was begun is finished.
		s.settle(context.WithoutCancel(r.Context()), o, r.URL.Query().Get("code"))
	}
	s.backTo(w, r, o) // the code does not stay in the address bar
}

// settle finds out how the order's grant ended, and takes the first payment. The
// link's own status is not believed: anybody could have written it.
func (s *shop) settle(ctx context.Context, o *order, code string) {
	if code == "" {
		grant, err := s.grants.get(ctx, o.grantID)
		s.mu.Lock()
		defer s.mu.Unlock()
		o.endedAs(grant, err)
		return
	}
	token, err := s.grants.accessToken(ctx, o.grantID, tokenRequest{Code: code})
	s.mu.Lock()
	defer func() {
		o.Acts[0].end = time.Now()
		s.mu.Unlock()
	}()
	if err != nil {
		o.fail(err)
		return
	}
	o.hold(token)
	s.mu.Unlock()
	s.buy(ctx, o, o.first, opclient.Secret(token.AccessToken))
	s.mu.Lock()
	if o.State == settling { // and not ended at the wallet meanwhile
		o.State = granted
	}
}

// endedAs is an order whose customer came back without a code.
func (o *order) endedAs(grant *grantResource, err error) {
	switch {
	case err != nil:
		o.fail(err)
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
	o.Acts[0].end = time.Now()
}

func (o *order) fail(err error) {
	o.State, o.Problem = failed, "The service cannot be reached."
	var p *problem
	if errors.As(err, &p) {
		o.Problem = p.Error()
	}
}
