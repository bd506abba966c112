package grant

import (
	"context"
	"errors"
	"log/slog"
	"net/url"

	"github.com/opgrants/opgrants/internal/save"
	"github.com/opgrants/opgrants/pkg/opclient"
)

// Request asks the sender's authorization server for a grant, once for an
// Idempotency-Key. Nothing is stored unless the user can consent to it, but for
// the reservation of such a key.
func (s *Service) Request(ctx context.Context, owner string, r Request) (*Resource, error) {
	ctx, cancel := Begin(ctx)
	defer cancel()
	resource, err := s.requestOnce(ctx, owner, r)
	var refused *Error
	switch {
	case errors.As(err, &refused):
		s.count(ctx, GrantRefused, refused.Code)
	case err == nil && !resource.Replayed:
		s.count(ctx, GrantRequested, "")
	}
	return resource, err
}

func (s *Service) requestOnce(ctx context.Context, owner string, r Request) (*Resource, error) {
	if err := s.check(r); err != nil {
		return nil, err
	}
	if r.IdempotencyKey == "" {
		return s.request(ctx, owner, r, nil, nil)
	}
	it, lease, err := s.reserve(ctx, owner, r)
	if err != nil {
		return nil, err
	}
	if lease == nil {
		return s.replayRequest(ctx, it)
	}
	ctx, done := s.hold(ctx)
	defer done()
	return s.request(ctx, owner, r, it, lease)
}

// replayRequest answers with the grant that was made of the same Idempotency-Key.
func (s *Service) replayRequest(ctx context.Context, it *Item) (*Resource, error) {
	it, err := s.settle(ctx, it, nil)
	if err != nil {
		return nil, err
	}
	replay := it.resource(s.now())
	replay.Replayed = true
	return replay, nil
}

// request reads the wallet address, asks for the grant and saves it. reserved is
// the item of an Idempotency-Key, which lease is of; both are nil without one.
func (s *Service) request(ctx context.Context, owner string, r Request, reserved *Item, lease *Lease) (*Resource, error) {
	it, answer, err := s.ask(ctx, owner, r, reserved)
	if err != nil {
		if reserved != nil {
			s.unreserve(ctx, reserved, lease)
		}
		return nil, err
	}
	id := it.ID
	w := s.change(ctx, it, pend(answer, lease, s.now()))
	switch w.Kind {
	case saved:
		s.log().InfoContext(ctx, "grant requested", slog.String("grant_id", id), slog.String("wallet_host", w.Stored.Host()))
		return w.Stored.resource(s.now()), nil
	case lost:
		_ = s.giveBack(ctx, id, answer.Continue, "a requested grant was overtaken") // nobody can consent to it
		if reserved == nil {
			return nil, StoreError(ErrExists)
		}
		if err := w.Stored.checkReplay(r.hash(), s.now()); err != nil {
			return nil, err
		}
		return s.replayRequest(ctx, w.Stored)
	default:
		return nil, writeError(w.Err)
	}
}

// ask builds the grant's item and sends the grant request.
func (s *Service) ask(ctx context.Context, owner string, r Request, reserved *Item) (*Item, *opclient.Grant, error) {
	wallet, err := s.wallet(ctx, r.WalletAddress)
	if err != nil {
		return nil, nil, err
	}
	checkout, err := s.checkout(ctx, wallet, r)
	if err != nil {
		return nil, nil, err
	}
	access, err := r.access(wallet, checkout)
	if err != nil {
		return nil, nil, err
	}
	it := s.newItem(owner, r, wallet, access)
	it.Checkout = checkout
	if reserved != nil {
		it.continueReservation(reserved)
	}
	answer, err := s.askServer(ctx, it)
	return it, answer, err
}

// wallet reads the sender's wallet address.
func (s *Service) wallet(ctx context.Context, address string) (*opclient.WalletAddress, error) {
	ctx, cancel := context.WithTimeout(ctx, addressTime)
	defer cancel()
	wallet, err := s.server().WalletAddress(ctx, address)
	if err != nil {
		return nil, walletAddressError(err)
	}
	return wallet, nil
}

func (s *Service) newItem(owner string, r Request, wallet *opclient.WalletAddress, access []opclient.Access) *Item {
	now := s.now()
	it := &Item{
		ID:             s.randomText(16),
		Owner:          owner,
		Created:        At(now),
		WalletAddress:  wallet.ID,
		ResourceServer: wallet.ResourceServer,
		Access:         access,
		ReturnURL:      r.ReturnURL,
		Reference:      r.Reference,
		ProveSubject:   r.Subject,
		Recurs:         r.Limits != nil && r.Limits.Interval != "",
		GrantEndpoint:  wallet.AuthServer,
		ClientNonce:    s.randomText(32),
	}
	it.bornClaimed()
	if r.ReturnURL != "" {
		it.ClaimKey = s.random(32)
	}
	return it
}

// askServer sends the grant request. An answer that the user cannot consent to is
// cancelled; if that fails, the schedule tries again.
func (s *Service) askServer(ctx context.Context, it *Item) (*opclient.Grant, error) {
	ctx, done := save.Detach(ctx, OperationTime)
	defer done()
	calling, cancel := s.callContext(ctx, cancelTime+saveTime)
	defer cancel()
	request := opclient.GrantRequest{
		Access: it.Access,
		Finish: &opclient.Finish{URI: s.PublicURL + "/grants/" + it.ID + "/finish", Nonce: opclient.Secret(it.ClientNonce)},
	}
	if it.ProveSubject {
		request.Subject = it.WalletAddress
	}
	answer, err := s.server().RequestGrant(calling, it.GrantEndpoint, request)
	switch {
	case err != nil:
		return nil, WalletError(err, "grant request")
	case answer.Token == nil && answer.Interact != nil && answer.Interact.Redirect != "":
		return answer, nil
	}
	refused := &Error{Code: CodeNotInteractive, Field: "walletAddress",
		Detail: "The wallet answered without asking its user. Expected an interactive grant; what it gave was cancelled."}
	if err := s.giveBack(ctx, it.ID, answer.Continue, "the wallet granted without asking the user"); err != nil {
		refused.Detail = "The wallet answered without asking its user. Expected an interactive grant; what it gave will be cancelled."
		s.oweCancel(ctx, it, answer.Continue)
	}
	return nil, refused
}

// oweCancel saves a grant that could not be given back, under an id of its own,
// so that the schedule cancels it.
func (s *Service) oweCancel(ctx context.Context, it *Item, k opclient.Continue) {
	owed := &Item{ID: s.randomText(16), Owner: it.Owner, Created: it.Created, WalletAddress: it.WalletAddress, GrantEndpoint: it.GrantEndpoint}
	w := s.change(ctx, owed, disown(k, s.now()))
	switch w.Kind {
	case saved, lost:
	case unknown:
		s.log().ErrorContext(ctx, "a grant that could not be given back could not be saved", slog.String("grant_id", owed.ID), slog.Any("error", w.Err))
	}
}

func host(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return ""
	}
	return u.Host
}
