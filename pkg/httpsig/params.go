package httpsig

import (
	"fmt"
	"time"

	"github.com/dunglas/httpsfv"
)

// algEd25519 is the only supported value of alg (RFC 9421 section 3.3.6).
const algEd25519 = "ed25519"

// params are the parameters of a signature (RFC 9421 section 2.3). A parameter that is
// not there has its zero value.
type params struct {
	Created, Expires  time.Time
	KeyID, Nonce, Tag string
}

// parseParams reads the known parameters, and ignores others.
func parseParams(all *httpsfv.Params) (params, error) {
	var p params
	for _, name := range all.Names() {
		value, _ := all.Get(name)
		ok := true
		switch name {
		case "created":
			p.Created, ok = unixTime(value)
		case "expires":
			p.Expires, ok = unixTime(value)
		case "keyid":
			p.KeyID, ok = value.(string)
		case "nonce":
			p.Nonce, ok = value.(string)
		case "tag":
			p.Tag, ok = value.(string)
		case "alg":
			alg, _ := value.(string)
			if alg != algEd25519 {
				return p, fmt.Errorf("alg is %q, want %q or none", clip(alg), algEd25519)
			}
		}
		if !ok {
			return p, fmt.Errorf("parameter %s has the wrong type or range", name)
		}
	}
	return p, nil
}

// unixTime returns the time of a parameter, and false if it is not a whole number of
// seconds since 1970.
func unixTime(value any) (time.Time, bool) {
	seconds, ok := value.(int64)
	return time.Unix(seconds, 0).UTC(), ok && seconds >= 0
}
