package grant

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/opgrants/opgrants/pkg/opclient"
)

const longestReference = 200 // characters

var actions = []string{"create", "read", "read-all", "list", "list-all"}

// Request asks the sender's authorization server for a grant, once for an
// Idempotency-Key. Nothing is stored unless the user can consent to it, but for
// the reservation of such a key.
func (s *Service) Request(ctx context.Context, owner string, r Request) (*Resource, error) {
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
		return s.request(ctx, owner, r, nil)
	}
	it, err := s.reserve(ctx, owner, r)
	if err != nil {
		return nil, err
	}
	if it.Status != Requesting {
		if it, err = s.settle(ctx, it); err != nil {
			return nil, err
		}
		replay := it.resource(s.now())
		replay.Replayed = true
		return replay, nil
	}
	resource, err := s.request(ctx, owner, r, it)
	if err != nil {
		s.unreserve(ctx, it)
	}
	return resource, err
}

func (s *Service) request(ctx context.Context, owner string, r Request, reserved *Item) (*Resource, error) {
	wallet, err := s.wallet(ctx, r.WalletAddress)
	if err != nil {
		return nil, err
	}
	access, err := r.access(wallet)
	if err != nil {
		return nil, err
	}
	it := s.newItem(owner, r, wallet, access)
	write, taken := s.Store.Create, ErrExists
	if reserved != nil {
		it.ID, it.Version, it.BodyHash = reserved.ID, reserved.Version, reserved.BodyHash
		write, taken = s.Store.Update, ErrConflict
	}
	answer, err := s.ask(ctx, it)
	if err != nil {
		return nil, err
	}
	it.answered(answer, At(s.now()))
	saving, cancel := detached(ctx, saveTime)
	defer cancel()
	err = s.persist(saving, it, write, taken, func(stored *Item) bool { return stored.ClientNonce == it.ClientNonce })
	if err != nil {
		s.giveBack(ctx, it, "a requested grant could not be saved")
		return nil, storeError(err)
	}
	s.log().InfoContext(ctx, "grant requested", slog.String("grant_id", it.ID), slog.String("wallet_host", host(it.GrantEndpoint)))
	return it.resource(s.now()), nil
}

// check is what needs no wallet to know.
func (s *Service) check(r Request) error {
	if r.WalletAddress == "" {
		return invalid("walletAddress", "Give the wallet address that shall pay, for example https://wallet.example/alice.")
	}
	if utf8.RuneCountInString(r.Reference) > longestReference {
		return invalid("reference", fmt.Sprintf("It may have %d characters at most.", longestReference))
	}
	if r.Actions != nil && len(r.Actions) == 0 {
		return invalid("actions", "Leave it out, or name at least one of "+strings.Join(actions, ", ")+".")
	}
	for i, action := range r.Actions {
		if !slices.Contains(actions, action) {
			return invalid(fmt.Sprintf("actions[%d]", i), "It must be one of "+strings.Join(actions, ", ")+".")
		}
		if slices.Contains(r.Actions[:i], action) {
			return invalid(fmt.Sprintf("actions[%d]", i), "It is there twice.")
		}
	}
	if r.Subject && (r.Limits != nil || r.Actions != nil || r.Quote) {
		return invalid("subject", "It asks for no access token: leave out limits, actions and quote, or ask for them in a grant of their own.")
	}
	if err := r.Limits.check(); err != nil {
		return err
	}
	return s.checkReturnURL(r.ReturnURL)
}

// wallet reads the sender's wallet address.
func (s *Service) wallet(ctx context.Context, address string) (*opclient.WalletAddress, error) {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	wallet, err := s.Server.WalletAddress(ctx, address)
	if errors.Is(err, opclient.ErrForbiddenAddress) {
		return nil, invalid("walletAddress", "It leads to a URL that is not public https on port 443, so it was not called.")
	}
	if err != nil {
		failed := walletError(err, "wallet address")
		failed.Field = "walletAddress"
		return nil, failed
	}
	return wallet, nil
}

func (s *Service) newItem(owner string, r Request, wallet *opclient.WalletAddress, access []opclient.Access) *Item {
	now := s.now()
	it := &Item{
		ID:             s.randomText(16),
		Owner:          owner,
		Status:         Pending,
		Created:        At(now),
		TTL:            now.Add(keepUngranted).Unix(),
		WalletAddress:  wallet.ID,
		ResourceServer: wallet.ResourceServer,
		Access:         access,
		ReturnURL:      r.ReturnURL,
		Reference:      r.Reference,
		ProveSubject:   r.Subject,
		Recurs:         r.Limits != nil && r.Limits.Interval != "",
		GrantEndpoint:  wallet.AuthServer,
		ClientNonce:    s.randomText(32),
		Claimed:        r.ReturnURL == "", // nothing ties the browser to a session of the app
	}
	if r.ReturnURL != "" {
		it.ClaimKey = s.random(32)
	}
	return it
}

// ask sends the grant request. An answer that the user cannot consent to is
// given back.
func (s *Service) ask(ctx context.Context, it *Item) (*opclient.Grant, error) {
	calling, cancel := detached(ctx, callTime)
	defer cancel()
	request := opclient.GrantRequest{
		Access: it.Access,
		Finish: &opclient.Finish{URI: s.PublicURL + "/grants/" + it.ID + "/finish", Nonce: opclient.Secret(it.ClientNonce)},
	}
	if it.ProveSubject {
		request.Subject = it.WalletAddress
	}
	answer, err := s.Server.RequestGrant(calling, it.GrantEndpoint, request)
	if err != nil {
		return nil, walletError(err, "grant request")
	}
	if answer.Token != nil || answer.Interact == nil || answer.Interact.Redirect == "" {
		it.ContinueURI, it.ContinueToken = answer.Continue.URI, string(answer.Continue.Token)
		s.giveBack(ctx, it, "the wallet granted without asking the user")
		return nil, &Error{Code: CodeNotInteractive, Field: "walletAddress",
			Detail: "The wallet answered without asking its user. Expected an interactive grant; what it gave was cancelled."}
	}
	return answer, nil
}

// answered takes over what the server said to the grant request.
func (it *Item) answered(answer *opclient.Grant, at Instant) {
	it.ServerNonce = string(answer.Interact.Finish)
	it.ConsentURL = answer.Interact.Redirect
	expires := answer.Interact.ExpiresIn
	if expires <= 0 {
		expires = consentTime
	}
	it.ConsentExpires = it.Created + Instant(expires.Milliseconds())
	it.ContinueURI, it.ContinueToken = answer.Continue.URI, string(answer.Continue.Token)
	it.ContinueAfter = at + Instant(answer.Continue.Wait.Milliseconds())
}

func host(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return ""
	}
	return u.Host
}
