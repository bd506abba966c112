// Package wallets holds the wallet addresses of the sandbox, their documents and
// their keys, and reads those of clients elsewhere.
package wallets

import (
	"net/http"
	"sync"

	"github.com/opgrants/opgrants/pkg/sandbox/internal/calls"
)

// Config has the URLs of the sandbox, without a slash at the end unless AuthServer
// is published with one.
type Config struct {
	URL, AuthServer, ResourceServer string
	// Foreign reads the documents of other servers. Nil: their clients are refused.
	Foreign *http.Client
}

// A Directory is the wallets of a server.
type Directory struct {
	config Config
	calls  *calls.Calls
	done   <-chan struct{}

	mu      sync.Mutex
	wallets map[string]*Wallet // by name
}

// New returns an empty directory. Reads of other servers stop when done is closed.
func New(c Config, calls *calls.Calls, done <-chan struct{}) *Directory {
	return &Directory{config: c, calls: calls, done: done, wallets: map[string]*Wallet{}}
}
