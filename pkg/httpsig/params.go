package httpsig

import (
	"fmt"
	"time"

	"github.com/dunglas/httpsfv"
)

// algEd25519 is the only value of alg (RFC 9421 section 3.3.6).
const algEd25519 = "ed25519"

// Params are the parameters of a signature (RFC 9421 section 2.3). An absent one
// has its zero value. Times are whole seconds.
type Params struct {
	Created time.Time
	Expires time.Time
	KeyID   string
	Nonce   string
	Tag     string
}

// sfv writes the parameters in the order created, expires, keyid, nonce, tag.
func (p Params) sfv() *httpsfv.Params {
	params := httpsfv.NewParams()
	if !p.Created.IsZero() {
		params.Add("created", p.Created.Unix())
	}
	if !p.Expires.IsZero() {
		params.Add("expires", p.Expires.Unix())
	}
	for _, s := range []struct{ name, value string }{{"keyid", p.KeyID}, {"nonce", p.Nonce}, {"tag", p.Tag}} {
		if s.value != "" {
			params.Add(s.name, s.value)
		}
	}
	return params
}

func parseParams(params *httpsfv.Params) (Params, error) {
	var p Params
	var alg string
	for _, name := range params.Names() {
		value, _ := params.Get(name)
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
			alg, ok = value.(string)
			if ok && alg != algEd25519 {
				return p, fmt.Errorf("alg is %q, want %q or none", alg, algEd25519)
			}
		}
		if !ok {
			return p, fmt.Errorf("parameter %s has the wrong type or range", name)
		}
	}
	return p, nil
}

func unixTime(value any) (time.Time, bool) {
	seconds, ok := value.(int64)
	return time.Unix(seconds, 0).UTC(), ok && seconds >= 0
}
