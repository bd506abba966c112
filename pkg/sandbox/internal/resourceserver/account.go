package resourceserver

import (
	"cmp"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/opgrants/opgrants/pkg/sandbox/internal/message"
	"github.com/opgrants/opgrants/pkg/sandbox/internal/wallets"
)

const (
	// startBalance is in whole units of an asset.
	startBalance = 1000
	// maxPayments is how many payments of each kind an account keeps. It drops the
	// oldest first.
	maxPayments = 10_000
)

// An account is the money of a wallet. Server.mu guards it.
type account struct {
	address     string // of the wallet
	asset       asset
	balance     uint64
	incoming    []*incomingPayment // oldest first
	outgoing    []*outgoingPayment // oldest first
	behaviors   []*Behavior
	rateChanges int64 // how often the rate changed, by one percent each
}

// OpenAccount gives a new wallet its money.
func (s *Server) OpenAccount(w *wallets.Wallet) {
	a := &account{address: s.config.Wallets + "/" + w.Name, asset: asset{w.AssetCode, w.AssetScale}}
	switch {
	case w.Balance > 0:
		a.balance = uint64(w.Balance)
	case w.Balance == 0:
		a.balance = startBalance
		for range w.AssetScale {
			if a.balance > math.MaxInt64/10 {
				break
			}
			a.balance *= 10
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.accounts[w.Name] = a
}

// account returns the account of a wallet address, nil if there is none. The caller
// holds s.mu.
func (s *Server) account(walletAddress string) *account {
	name, ok := strings.CutPrefix(walletAddress, s.config.Wallets+"/")
	if !ok {
		return nil
	}
	return s.accounts[name]
}

func (s *Server) mustAccount(walletAddress string) (*account, error) {
	a := s.account(walletAddress)
	if a == nil {
		return nil, fmt.Errorf("sandbox: %s is no wallet address of this server", walletAddress)
	}
	return a, nil
}

// subresource returns the account that a signed request is about. The caller holds
// s.mu.
func (s *Server) subresource(walletAddress string) (*account, *message.Refusal) {
	if a := s.account(walletAddress); a != nil {
		return a, nil
	}
	return nil, message.ResourceError(http.StatusBadRequest, "Could not get wallet address", "it is no wallet address of this server")
}

// Balance returns the money of a wallet, in the asset's smallest units.
func (s *Server) Balance(walletAddress string) (uint64, error) {
	s.lock()
	defer s.mu.Unlock()
	a, err := s.mustAccount(walletAddress)
	if err != nil {
		return 0, err
	}
	return a.balance, nil
}

// IncomingPayments returns those of a wallet, oldest first.
func (s *Server) IncomingPayments(walletAddress string) ([]IncomingPayment, error) {
	s.lock()
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

// OutgoingPayments returns those of a wallet, oldest first.
func (s *Server) OutgoingPayments(walletAddress string) ([]OutgoingPayment, error) {
	s.lock()
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

// now returns the time in milliseconds, as JavaScript has it.
func (s *Server) now() time.Time { return s.config.Now().UTC().Truncate(time.Millisecond) }

// remember adds to a list. It drops the first item of a full list.
func remember[T any](list []T, item T, drop func(T)) []T {
	if list = append(list, item); len(list) <= maxPayments {
		return list
	}
	drop(list[0])
	return slices.Delete(list, 0, 1)
}

// AllOutgoingPayments returns those of all wallets, oldest first.
func (s *Server) AllOutgoingPayments() []OutgoingPayment {
	s.lock()
	defer s.mu.Unlock()
	var all []OutgoingPayment
	for _, a := range s.accounts {
		for _, p := range a.outgoing {
			all = append(all, p.OutgoingPayment)
		}
	}
	slices.SortFunc(all, func(a, b OutgoingPayment) int {
		return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(a.ID, b.ID))
	})
	return all
}
