package opclient

import (
	"errors"
	"fmt"
	"math"
	"net/url"
	"time"

	"github.com/opgrants/opgrants/internal/netguard"
)

// An answerReader knows what the answers of one authorization server must hold.
type answerReader struct {
	origin   string // of the server that was asked
	insecure bool
	sent     time.Time // when the request went out: no later than the server's clock started
}

// grant reads the answer to a continuation (OpenAPI post-continue).
func (a answerReader) grant(o object) *Grant {
	g := &Grant{Continue: a.continuation(o.object("continue"))}
	if o.has("access_token") {
		g.Token = a.token(o.object("access_token"))
	}
	if o.has("subject") {
		g.Subject = subject(o.object("subject"))
	}
	return g
}

// requested reads the answer to a grant request (OpenAPI post-request): exactly
// one of interact and access_token.
func (a answerReader) requested(o object, r *GrantRequest) *Grant {
	if *o.err != nil {
		return nil
	}
	g := a.grant(o)
	switch {
	case o.has("interact") && o.has("access_token"):
		o.fail("the answer has both interact and access_token")
	case o.has("interact"):
		g.Interact = a.interact(o.object("interact"), r.Finish != nil)
	case !o.has("access_token"):
		o.fail("the answer has neither interact nor access_token")
	}
	return g
}

func (a answerReader) interact(o object, finish bool) *Interact {
	i := &Interact{Redirect: o.string("redirect")}
	if *o.err == nil {
		if err := a.checkRedirect(i.Redirect); err != nil {
			o.fail("interact.redirect: %w", err)
		}
	}
	i.Finish = Secret(o.optional("finish"))
	if finish && i.Finish == "" {
		o.fail("interact.finish is missing")
	}
	if o.has("expires_in") { // RFC 9635 section 3.3.1
		i.ExpiresIn = seconds(o, "expires_in")
	}
	return i
}

// checkRedirect: the browser goes there, not we, so any host and port will do.
func (a answerReader) checkRedirect(raw string) error {
	u, err := url.Parse(raw)
	switch {
	case err != nil || u.Host == "" || u.Opaque != "":
		return errors.New("this is no absolute URL")
	case u.Scheme != "https" && (u.Scheme != "http" || !a.insecure):
		return errors.New("the URL must start with https://")
	case u.User != nil:
		return errors.New("the URL must not hold a user name or password")
	}
	return nil
}

func (a answerReader) continuation(o object) Continue {
	k := Continue{URI: a.uri(o, "uri"), Token: o.object("access_token").token("value")}
	if o.has("wait") {
		k.Wait = seconds(o, "wait")
	}
	return k
}

func (a answerReader) token(o object) *Token {
	t := &Token{Value: o.token("value"), Manage: a.uri(o, "manage"), Access: accessOf(o)}
	if o.has("expires_in") {
		t.ExpiresAt = a.sent.Add(seconds(o, "expires_in"))
	}
	return t
}

// uri is a URL that we will send signed requests to. It must be at the server
// that was asked: that one knows our key, so a foreign URI could make us act on
// somebody else's grant.
func (a answerReader) uri(o object, name string) string {
	raw := o.string(name)
	if *o.err != nil {
		return ""
	}
	u, err := netguard.ParseURL(raw, a.insecure)
	if err == nil && netguard.Origin(u) != a.origin {
		err = fmt.Errorf("it is not at the server that was asked: %w", ErrForbiddenAddress)
	}
	if err != nil {
		o.fail("%s%s: %w", o.path, name, err)
	}
	return raw
}

// subject is the one wallet address of sub_ids.
func subject(o object) string {
	ids := o.array("sub_ids")
	if *o.err == nil && len(ids) != 1 {
		o.fail("%ssub_ids must hold one identifier", o.path)
	}
	if *o.err != nil {
		return ""
	}
	members, ok := ids[0].(map[string]any)
	if !ok {
		o.fail("%ssub_ids[0] must be an object", o.path)
	}
	id := object{o.path + "sub_ids[0].", members, o.err}
	if format := id.string("format"); format != "uri" {
		o.fail("%ssub_ids[0].format must be uri", o.path)
	}
	return id.string("id")
}

func seconds(o object, name string) time.Duration {
	return time.Duration(o.integer(name, math.MaxInt32)) * time.Second
}
