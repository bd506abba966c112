package shop

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/demo/journal"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/serviceapi"
)

// theOrder is the first action of each order, until the customer is back and has paid.
const theOrder = "The order"

// createOrder makes an order: it asks the service for a grant and sends the browser to
// the wallet. The same form makes one order, however often it is sent.
func (s *Shop) createOrder(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 4<<10)
	in := s.sessions.open(w, r)
	o, err := readOrder(r)
	if err != nil {
		s.render(w, http.StatusUnprocessableEntity, frontPage, s.frontData(r, r.PostFormValue("amount"), r.PostFormValue("limit"), o.Daily, err.Error()))
		return
	}
	if known := s.sessions.add(in, filledIn(r), o); known != nil {
		o = known
		journal.Set(r.Context(), journal.Tag{Order: o.ID})
		<-o.asked
	} else {
		s.requestGrant(s.begin(r.Context(), o, theOrder), o)
		close(o.asked)
	}
	o.mu.Lock()
	at, consent := o.State, o.ConsentURL
	o.mu.Unlock()
	if at == waiting {
		http.Redirect(w, r, consent, http.StatusSeeOther)
		return
	}
	s.redirectToOrder(w, r, o)
}

// filledIn identifies a form and what was filled in, or is "" if the form has no key.
func filledIn(r *http.Request) string {
	key := r.PostFormValue("key")
	if key == "" {
		return ""
	}
	return strings.Join([]string{key, r.PostFormValue("amount"), r.PostFormValue("often"), r.PostFormValue("limit")}, "\n")
}

// readOrder reads the form. The limit must suffice for the first coffee.
func readOrder(r *http.Request) (o *order, err error) {
	o = &order{ID: rand.Text(), Daily: r.PostFormValue("often") == "daily", State: waiting, forms: map[string]bool{}, asked: make(chan struct{})}
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

// requestGrant asks the service for the order's grant: a checkout, or a limit a day. Its
// Idempotency-Key has the order's id, so that the request may be repeated.
func (s *Shop) requestGrant(ctx context.Context, o *order) {
	request := serviceapi.GrantRequest{WalletAddress: s.Customer, ReturnURL: s.URL + ReturnPath + "?order=" + o.ID, Reference: "order-" + o.ID}
	if o.Daily {
		request.Limits = &serviceapi.Limits{DebitAmount: o.Limit.amount(), Interval: "R/" + s.Clock.Now().UTC().Format(time.RFC3339) + "/P1D"}
		request.Quote = true
	} else {
		request.Payment = &serviceapi.Checkout{ReceiveAmount: o.first.amount(), Description: "Coffee"}
	}
	grant, err := s.Service.RequestGrant(ctx, "order-"+o.ID, request)
	o.mu.Lock()
	defer o.mu.Unlock()
	if err != nil {
		o.fail(err)
		return
	}
	o.grantID, o.ConsentURL = grant.ID, grant.ConsentURL
	tag := journal.Tag{Order: o.ID}
	s.Journal.Expect(grant.ConsentURL, tag)
	s.Journal.Expect("/grants/"+grant.ID, tag)
}

// comeBack is where the service sends the browser in the end. It takes the code only
// from the browser that made the order. It ignores the status in the link: anybody could
// have written it.
func (s *Shop) comeBack(w http.ResponseWriter, r *http.Request) {
	o := s.sessions.find(r, r.URL.Query().Get("order"))
	if o == nil {
		s.render(w, http.StatusForbidden, strangerPage, nil)
		return
	}
	journal.Set(r.Context(), journal.Tag{Order: o.ID})
	code := r.URL.Query().Get("code")
	o.mu.Lock()
	mine := o.State == waiting && code != "" // and no other request is here
	var c *coffee
	var ctx context.Context
	if mine {
		o.State, o.code = settling, code
		c = s.addCoffee(o, o.first)
		ctx = o.begin(r.Context(), theOrder)
	}
	o.mu.Unlock()
	if mine {
		s.pay(ctx, o, c)
	}
	s.redirectToOrder(w, r, o) // the code does not stay in the address bar
}

// readOutcome asks the service what became of an order whose customer came back without
// a code, or did not come back yet.
func (s *Shop) readOutcome(ctx context.Context, o *order) {
	grant, err := s.Service.Grant(ctx, o.grantID)
	o.mu.Lock()
	defer o.mu.Unlock()
	switch {
	case o.State != waiting || err != nil: // the next look tells
	case grant.Status == serviceapi.Rejected:
		o.State = refused
	case grant.Status == serviceapi.Pending, grant.Status == serviceapi.Processing, grant.Status == serviceapi.Granted:
	default:
		o.State, o.Problem = failed, grant.Status
		if grant.Failure != nil {
			o.Problem = grant.Failure.Code + ": " + grant.Failure.Detail
		}
	}
}

// fail sets the state of an order that came to nothing.
func (o *order) fail(err error) {
	o.State, o.Problem = failed, "The service cannot be reached."
	var p *serviceapi.Problem
	if errors.As(err, &p) {
		o.Problem = p.Error()
	}
}
