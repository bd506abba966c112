package resourceserver

import (
	"net/http"
	"slices"
	"time"

	"github.com/opgrants/opgrants/pkg/sandbox/internal/message"
)

const (
	// startBalance is in whole units of an asset.
	startBalance = 1000
	// maxPayments of each kind are remembered for an account; the oldest is forgotten.
	maxPayments = 10_000
)

// An account is the money of a wallet. Server.mu guards it.
type account struct {
	address  string // of the wallet
	asset    asset
	balance  uint64
	incoming []*incomingPayment // in the order in which they were made
	outgoing []*outgoingPayment
}

// subresource finds the account that a signed request is about. The caller holds s.mu.
func (s *Server) subresource(walletAddress string) (*account, *message.Refusal) {
	if a := s.account(walletAddress); a != nil {
		return a, nil
	}
	return nil, message.ResourceError(http.StatusBadRequest, "Could not get wallet address", "it is no wallet address of this server")
}

// Balance is the money of a wallet of this server, in the asset's smallest units.
func (s *Server) Balance(walletAddress string) (uint64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a, err := s.mustAccount(walletAddress)
	if err != nil {
		return 0, err
	}
	return a.balance, nil
}

// IncomingPayments are those of a wallet of this server, the oldest first.
func (s *Server) IncomingPayments(walletAddress string) ([]IncomingPayment, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a, err := s.mustAccount(walletAddress)
	if err != nil {
		return nil, err
	}
	var all []IncomingPayment
	for _, p := range a.incoming {
		if !p.isGone(s.now()) {
			all = append(all, p.IncomingPayment)
		}
	}
	return all, nil
}

// OutgoingPayments are those of a wallet of this server, the oldest first.
func (s *Server) OutgoingPayments(walletAddress string) ([]OutgoingPayment, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a, err := s.mustAccount(walletAddress)
	if err != nil {
		return nil, err
	}
	var all []OutgoingPayment
	for _, p := range a.outgoing {
		all = append(all, p.OutgoingPayment)
	}
	return all, nil
}

// now returns the time as resources have it.
func (s *Server) now() time.Time { return s.config.Now().UTC().Truncate(time.Millisecond) }

// remember adds to a list, which forgets its first when it is full.
func remember[T any](list []T, item T, forget func(T)) []T {
	if list = append(list, item); len(list) <= maxPayments {
		return list
	}
	forget(list[0])
	return slices.Delete(list, 0, 1)
}
