// Package resourceserver is the resource server of the sandbox: accounts, incoming
// payments, quotes and outgoing payments.
package resourceserver

import (
	"net/url"
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

	QuoteLife, IncomingPaymentLife, SendTime time.Duration

	Fee   Fee
	Rates Rates
	Now   func() time.Time
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

	mu           sync.Mutex          // lock also lets everything happen that is due
	accounts     map[string]*account // by the wallet's name
	incoming     map[string]*incomingPayment
	quotes       map[string]*quote
	oldestQuotes []*quote
	outgoing     map[string]*outgoingPayment
	spent        map[*access.Item]*spent
	oldestSpent  []*access.Item
	events       []event // sorted by time
	ledger       []Transfer
	rates        Rates
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
		outgoing: map[string]*outgoingPayment{}, spent: map[*access.Item]*spent{}, rates: c.Rates,
	}
	s.resources = s.resourceTable()
	return s, nil
}
