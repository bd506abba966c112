// Package resourceserver is the resource server of the sandbox: accounts, incoming
// payments, quotes and outgoing payments.
package resourceserver

import (
	"fmt"
	"math"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/opgrants/opgrants/pkg/sandbox/internal/access"
	"github.com/opgrants/opgrants/pkg/sandbox/internal/calls"
	"github.com/opgrants/opgrants/pkg/sandbox/internal/secrets"
	"github.com/opgrants/opgrants/pkg/sandbox/internal/wallets"
)

// Config says where the server is and how it behaves.
type Config struct {
	Wallets    string // what wallet addresses begin with, without a slash at the end
	URL        string // what resources begin with, without a slash at the end
	AuthServer string // as the wallet addresses publish it

	QuoteLife, IncomingPaymentLife time.Duration

	Fee           Fee
	Rates         map[string]float64
	DeadForbidden bool
	Now           func() time.Time
}

// Tokens is the authorization server, which knows the access tokens.
type Tokens interface {
	Introspect(accessToken string) (client wallets.Client, items []access.Item, ok bool)
}

// A Server is a resource server. Make one with [New].
type Server struct {
	config    Config
	scheme    string // of the URLs that clients sign
	calls     *calls.Calls
	wallets   *wallets.Directory
	tokens    Tokens
	secrets   *secrets.Set
	resources map[string]*resource // by method and path

	mu           sync.Mutex
	accounts     map[string]*account // by the wallet's name
	incoming     map[string]*incomingPayment
	quotes       map[string]*quote
	oldestQuotes []*quote
	outgoing     map[string]*outgoingPayment
	spent        map[*access.Item]*spent
	oldestSpent  []*access.Item
}

// New returns a server without accounts.
func New(c Config, calls *calls.Calls, wallets *wallets.Directory, tokens Tokens, secrets *secrets.Set) (*Server, error) {
	u, err := url.Parse(c.URL)
	if err != nil {
		return nil, err
	}
	s := &Server{
		config: c, scheme: u.Scheme, calls: calls, wallets: wallets, tokens: tokens, secrets: secrets,
		accounts: map[string]*account{}, incoming: map[string]*incomingPayment{}, quotes: map[string]*quote{},
		outgoing: map[string]*outgoingPayment{}, spent: map[*access.Item]*spent{},
	}
	s.resources = s.resourceTable()
	return s, nil
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

// keepSpent keeps what was spent of an access item. The caller holds s.mu.
func (s *Server) keepSpent(a *access.Item, b *spent) {
	if s.spent[a] == nil {
		s.oldestSpent = remember(s.oldestSpent, a, func(old *access.Item) { delete(s.spent, old) })
	}
	s.spent[a] = b
}
