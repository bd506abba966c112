package sandbox

import (
	"log/slog"
	"net/http"
	"time"
)

// Config is how a [Server] behaves. The zero value is a server on a free port of
// 127.0.0.1 that behaves as the reference implementation does by default.
type Config struct {
	// Addr is where [Start] listens. "": 127.0.0.1:0. Keep it on loopback: the consent
	// page asks for no password.
	Addr string
	// PublicURL is the base of all URLs that the server issues, without a slash at the
	// end. "": http:// and the address. It can have a path, which requests must then
	// have too.
	PublicURL string
	// ConsentURL is the base of the consent links, if browsers know the server by
	// another name than clients do: for a container this machine is not 127.0.0.1. It
	// must have the path of PublicURL. "": PublicURL.
	ConsentURL string

	// Wait is how long a client must wait between the grant request and the
	// continue. 0: 5 s; negative: not at all.
	Wait time.Duration
	// TokenLife is the life of an access token. 0: 10 min.
	TokenLife time.Duration
	// ConsentLife is how long after the grant request the user may consent and
	// come back. 0: 10 min.
	ConsentLife time.Duration

	// QuoteLife is how long a quote can be paid. 0: 5 min. It ends with the incoming
	// payment if that is earlier.
	QuoteLife time.Duration
	// IncomingPaymentLife is how long an incoming payment can be paid at most, and
	// when no expiresAt is asked for. 0: 30 days.
	IncomingPaymentLife time.Duration
	// Fee is what a payer pays for a payment. The zero value: nothing.
	Fee Fee
	// Rates is the worth of one whole unit of each asset, in one common measure:
	// {"USD": 1, "EUR": 1.08}. Nil: only payments between assets of the same code.
	Rates map[string]float64
	// SendTime is how long after its creation an outgoing payment sends its money.
	// 0: 200 ms; negative: at once.
	SendTime time.Duration

	// Client is how a grant request must name its client.
	Client ClientForm
	// AuthServerSlash publishes the grant endpoint with a slash at its end.
	AuthServerSlash bool
	// HashEncoding is how the hash of a finish redirect is written.
	HashEncoding HashEncoding
	// HashEndpoint is the spelling of the grant endpoint in that hash.
	HashEndpoint HashEndpoint

	// Work is how long a continue or a rotation takes from its look at the grant to
	// its token. Requests in between race with it, as at the reference implementation.
	// 0: 5 ms; negative: no time.
	Work time.Duration

	// Hostile is the seed of a server at which calls go wrong at random: answers are
	// lost, some calls are 429 or slow, and some tokens live a few seconds. The same seed
	// and the same requests give the same faults. [Config.Log] gets each. 0: not hostile.
	Hostile uint64

	// ForeignClients reads the wallet addresses and keys of clients elsewhere. Anybody
	// who can reach the server chooses these URLs. Nil: such clients are refused.
	ForeignClients *http.Client

	Now func() time.Time // nil: time.Now
	// Log gets a line for every request, with the reason if it is refused, and no
	// secret. Nil: none.
	Log *slog.Logger
}

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

// ClientForm is a form of the member client of a grant request.
type ClientForm int

// The forms that authorization servers take. A form that a server does not take is
// 400 without a code, as the answer of a failed validation is.
const (
	// EitherClient takes the wallet address as a string, {"walletAddress":…} and
	// {"jwk":…}: the reference implementation since v2.4.0-beta.
	EitherClient ClientForm = iota
	// StringClient takes the string alone: older releases.
	StringClient
	// ObjectClient takes the objects alone. Open Payments calls the string deprecated.
	ObjectClient
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
	duration(&c.SendTime, 200*time.Millisecond)
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
