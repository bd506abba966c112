package payment

import (
	"context"
	"errors"
	"net/url"
	"path"
	"strings"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/pattern"
	"github.com/opgrants/opgrants/pkg/opclient"
)

// look asks the wallets about a payment: the receiver's first, as the sender's side
// needs a token. deep: it also reads the list of outgoing payments, if the payment is
// not found otherwise. It changes nothing.
func (s *Service) look(ctx context.Context, it *Item, deep bool, e *evidence) {
	e.cause, e.readLast, e.absent, e.answered = nil, false, false, false
	s.lookAtReceiver(ctx, it, e)
	if !it.Shared && (it.hasArrived(e) || it.hasArrivedInPart(e)) {
		return
	}
	s.lookAtSender(ctx, it, deep, e)
	if e.saysFailed() || e.absent || it.Shared && e.answered {
		s.lookAtReceiver(ctx, it, e)
		e.readLast = e.receiver.err == nil || e.receiver.gone
	}
}

func (s *Service) lookAtReceiver(ctx context.Context, it *Item, e *evidence) {
	ctx, cancel := context.WithTimeout(ctx, lookTime)
	defer cancel()
	e.receiver = s.readReceiver(ctx, it.Receiver, it.Payee, it.Shared)
	if e.receiver.err != nil && !e.receiver.gone {
		e.cause = e.receiver.err
	}
}

// lookAtSender asks the sender's wallet: for the payment by its URL, by its quote's
// UUID, or in the list.
func (s *Service) lookAtSender(ctx context.Context, it *Item, deep bool, e *evidence) {
	refused := ""
	for {
		g, err := s.Grants.Looking(ctx, it.Grant, refused)
		if err != nil {
			var ended *grant.Error
			if !errors.As(err, &ended) || ended.Code != grant.CodeRevoked && ended.Code != grant.CodeNotFound {
				e.cause = err
			}
			return
		}
		err = s.askSender(ctx, it, g, deep, e)
		if refused == "" && errors.Is(err, opclient.ErrInactiveToken) {
			refused = g.Token
			continue
		}
		if err != nil {
			e.cause = err
		}
		return
	}
}

func (s *Service) askSender(ctx context.Context, it *Item, g *grant.Item, deep bool, e *evidence) error {
	token := opclient.Secret(g.Token)
	if id := it.outgoingURL(); id != "" {
		reading, cancel := context.WithTimeout(ctx, lookTime)
		p, err := s.wallet().OutgoingPayment(reading, id, token)
		cancel()
		switch {
		case err == nil && it.isMade(p):
			e.payment, e.answered = p, true
			return nil
		case errors.Is(err, opclient.ErrInactiveToken), it.Outgoing != "":
			return err
		case err != nil && !errors.Is(err, opclient.ErrNotFound):
			e.cause = err
		}
	}
	if !deep {
		return nil
	}
	return s.askList(ctx, it, token, e)
}

// askList looks for the payment in the list of outgoing payments. That it is not there
// proves something only if the list is complete, and was begun a minute after the
// quote's expiry, by our clock and by the server's.
func (s *Service) askList(ctx context.Context, it *Item, token opclient.Secret, e *evidence) error {
	ctx, cancel := context.WithTimeout(ctx, 2*lookTime)
	defer cancel()
	begun := s.now()
	sender := &opclient.WalletAddress{ID: it.Sender, ResourceServer: it.ResourceServer}
	quote := &opclient.Quote{ID: it.Quote.ID, Receiver: it.Receiver, CreatedAt: it.Quote.Created.Time()}
	p, err := s.wallet().FindOutgoingPayment(ctx, sender, token, quote)
	var said *opclient.Error
	switch {
	case err == nil && it.isMade(p):
		e.payment, e.answered = p, true
	case err == nil:
		return errors.New("the sender's list has another payment with this quote")
	case errors.Is(err, opclient.ErrNotPaid) && errors.As(err, &said):
		e.absent = it.isSettled(begun) && !said.Date.IsZero() && it.isSettled(said.Date)
	default:
		return err
	}
	return nil
}

var uuid = pattern.New(`^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$`)

// outgoingURL is where the payment is: where it was found, or by the UUID of its quote,
// which is that of the payment at the reference implementation; "": unknown.
func (it *Item) outgoingURL() string {
	if it.Outgoing != "" {
		return it.Outgoing
	}
	u, err := url.Parse(it.Quote.ID)
	if err != nil || !uuid().MatchString(path.Base(u.Path)) || strings.ContainsAny(it.ResourceServer, "?#") {
		return ""
	}
	return strings.TrimRight(it.ResourceServer, "/") + "/outgoing-payments/" + path.Base(u.Path)
}
