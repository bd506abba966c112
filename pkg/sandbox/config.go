package sandbox

import (
	"log/slog"
	"net/http"
	"time"
)

// Config is how a [Server] behaves. The zero value is a server on a free port of
// 127.0.0.1 that behaves as the reference implementation does by default, except
// for DeadToken.
type Config struct {
	// Addr is where [Start] listens; "": 127.0.0.1:0. Keep it on loopback: the
	// consent page asks nobody for a password.
	Addr string
	// PublicURL is the base of all URLs that the server gives out, without a slash
	// at the end; "": http:// and the address. It may have a path, which is then
	// expected in requests.
	PublicURL string
	// ConsentURL is the base of the links at which users consent, where browsers
	// know the server by another name than clients do: from a container this
	// machine is not 127.0.0.1. Its path is that of PublicURL. "": PublicURL.
	ConsentURL string

	// Wait is how long a client must wait between the grant request and the
	// continue. 0: 5 s; negative: not at all.
	Wait time.Duration
	// TokenLife is the life of an access token. 0: 10 min.
	TokenLife time.Duration
	// ConsentLife is how long after the grant request the user may consent and
	// come back. 0: 10 min.
	ConsentLife time.Duration

	// QuoteLife is how long a quote can be paid from. 0: 5 min. It ends with the
	// incoming payment, if that is earlier.
	QuoteLife time.Duration
	// IncomingPaymentLife is how long an incoming payment can be paid at most, and
	// when no expiresAt is asked for. 0: 30 days.
	IncomingPaymentLife time.Duration
	// Fee is what a payer pays for a payment. The zero value: nothing.
	Fee Fee
	// Rates is what one whole unit of an asset is worth, in a measure common to all:
	// {"USD": 1, "EUR": 1.08}. Nil: payments between assets of one code only.
	Rates map[string]float64
	// DeadToken is how the resource server answers to an access token that has
	// expired, was rotated or revoked, or never was.
	DeadToken DeadToken

	// AuthServerSlash publishes the grant endpoint with a slash at its end.
	AuthServerSlash bool
	// HashEncoding is how the hash of a finish redirect is written.
	HashEncoding HashEncoding
	// HashEndpoint is which spelling of the grant endpoint the hash is taken over.
	HashEndpoint HashEndpoint

	// Work is how long a continue or a rotation takes between looking at the grant
	// and giving a token. Requests that come in between race with it, as on the
	// reference implementation. 0: 5 ms; negative: no time, and hardly a race.
	Work time.Duration

	// ForeignClients reads the wallet documents and keys of clients that are no
	// wallet of this server. Who can reach the server chooses the URLs. Nil: such
	// clients are refused.
	ForeignClients *http.Client

	Now func() time.Time // nil: time.Now
	// Log gets a line for every request, with the reason when it was refused, and
	// no secret. Nil: none.
	Log *slog.Logger
}

// DeadToken is an answer to an access token that does not work.
type DeadToken int

// The answers seen in the wild.
const (
	DeadTokenUnauthorized DeadToken = iota // 401 "Invalid Token"
	DeadTokenForbidden                     // 403 "Inactive Token": the reference implementation
)

// HashEncoding is how 32 bytes of a finish hash become text.
type HashEncoding int

// The encodings seen in the wild.
const (
	HashBase64    HashEncoding = iota // padded standard base64: the reference implementation
	HashBase64URL                     // base64url without padding: RFC 9635 section 4.2.3
)

// HashEndpoint is a spelling of the grant endpoint in the finish hash.
type HashEndpoint int

// The spellings seen in the wild.
const (
	EndpointAsPublished HashEndpoint = iota // authServer of the wallet addresses, exactly
	EndpointOtherSlash                      // the same without a slash at the end if it has one, with one if not
	EndpointOrigin                          // the origin and a slash: releases before v2.1.0-beta
)

func (c Config) withDefaults() Config {
	duration := func(d *time.Duration, zero time.Duration) {
		if *d == 0 {
			*d = zero
		}
		*d = max(*d, 0)
	}
	duration(&c.Wait, 5*time.Second)
	duration(&c.TokenLife, 10*time.Minute)
	duration(&c.ConsentLife, 10*time.Minute)
	duration(&c.QuoteLife, 5*time.Minute)
	duration(&c.IncomingPaymentLife, 30*24*time.Hour)
	duration(&c.Work, 5*time.Millisecond)
	if c.Addr == "" {
		c.Addr = "127.0.0.1:0"
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return c
}
