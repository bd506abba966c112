package opclient

import (
	"errors"
	"fmt"
	"math"
	"net/url"
	"time"

	"github.com/opgrants/opgrants/internal/netguard"
)

const (
	// maxWait limits [Continue.Wait].
	maxWait = time.Hour
	// maxLife limits how long a token or an interaction lives.
	maxLife = math.MaxInt32 * time.Second
)

// An answerReader knows what the answers of one authorization server must hold.
type answerReader struct {
	origin   string // of the server that was asked
	insecure bool
	sent     time.Time // when the request went out: no later than the server's clock started
}

// continueAnswer reads the answer to a continuation (OpenAPI post-continue). What a server
// that has granted leaves out of the new continuation stays as it was used.
func (a answerReader) continueAnswer(o object, used Continue) *Grant {
	g := &Grant{Continue: used}
	switch granted := o.has("access_token") || o.has("subject"); {
	case !granted:
		g.Continue = a.continuation(o.object("continue"))
	case o.has("continue"):
		g.Continue = a.continuationAfter(used, o.object("continue"))
	}
	a.readGranted(o, g)
	return g
}

// readGranted reads what was granted, if anything was. Beside a token a subject
// without a wallet address is as if left out.
func (a answerReader) readGranted(o object, g *Grant) {
	if o.has("access_token") {
		g.Token = a.token(o.object("access_token"))
	}
	if !o.has("subject") {
		return
	}
	s := o.object("subject")
	if items, _ := s.members["sub_ids"].([]any); len(items) > 0 || g.Token == nil {
		g.Subject = subject(s)
	}
}

// requestAnswer reads the answer to a grant request (OpenAPI post-request): exactly
// one of interact and access_token.
func (a answerReader) requestAnswer(o object, r *GrantRequest) *Grant {
	g := &Grant{}
	if o.has("continue") || !o.has("access_token") {
		g.Continue = a.continuation(o.object("continue"))
	}
	a.readGranted(o, g)
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
	i := &Interact{Redirect: o.string("redirect"), ExpiresIn: o.seconds("expires_in", maxLife)} // RFC 9635 section 3.3.1
	if err := a.checkRedirect(i.Redirect); err != nil {
		o.fail("interact.redirect: %w", err)
	}
	if !finish {
		i.Finish = Secret(o.optional("finish"))
		return i
	}
	i.Finish = Secret(o.string("finish"))
	if i.Finish == "" {
		o.fail("interact.finish is empty")
	}
	return i
}

// checkRedirect checks the consent page. The browser goes there, not we, so any
// host and port will do.
func (a answerReader) checkRedirect(raw string) error {
	u, err := url.Parse(raw)
	switch {
	case err != nil || u.Host == "":
		return errors.New("this is not an absolute URL")
	case u.Scheme != "https" && (u.Scheme != "http" || !a.insecure):
		return errors.New("the URL must start with https://")
	case u.User != nil:
		return errors.New("the URL must not hold a user name or password")
	}
	return nil
}

func (a answerReader) continuation(o object) Continue {
	return Continue{URI: a.uri(o, "uri"), Token: o.object("access_token").token("value"), Wait: o.seconds("wait", maxWait)}
}

// continuationAfter is the continuation of a grant that was continued with used.
func (a answerReader) continuationAfter(used Continue, o object) Continue {
	next := Continue{URI: used.URI, Token: used.Token, Wait: o.seconds("wait", maxWait)}
	if _, ok := o.members["uri"]; ok {
		next.URI = a.uri(o, "uri")
	}
	if o.has("access_token") {
		next.Token = o.object("access_token").token("value")
	}
	return next
}

func (a answerReader) token(o object) *Token {
	t := a.tokenValue(o)
	t.Access = accessOf(o)
	return t
}

// rotationAnswer reads the token that a rotation brought. The one before no longer works,
// so an access that cannot be read does not lose the new one: it is nil, as if the
// server did not say.
func (a answerReader) rotationAnswer(o object) *Token {
	t := a.tokenValue(o)
	var fault error
	t.Access = accessOf(object{o.path, o.members, &fault})
	return t
}

// tokenValue reads a token without its access.
func (a answerReader) tokenValue(o object) *Token {
	t := &Token{Value: o.token("value")}
	// RFC 9635 section 3.2.1 has an object with an access token of its own, which
	// no Open Payments server sends and this package does not use. An empty text is
	// how some programs write null.
	if _, isObject := o.members["manage"].(map[string]any); o.has("manage") && !isObject && o.members["manage"] != "" {
		t.Manage = a.uri(o, "manage")
	}
	if life := o.seconds("expires_in", maxLife); life != 0 {
		t.ExpiresAt = a.sent.Add(life)
	}
	return t
}

// uri is a URL that signed requests will be sent to. It must be at the server
// that was asked: that server knows our key, so a foreign URI could make us act on
// somebody else's grant.
func (a answerReader) uri(o object, name string) string {
	raw := o.string(name)
	u, err := netguard.ParseURL(raw, a.insecure)
	if err == nil && netguard.Origin(u) != a.origin {
		err = fmt.Errorf("it is not at the server that was asked: %w", ErrForbiddenAddress)
	}
	if err != nil {
		o.fail("%s%s: %w", o.path, name, err)
	}
	return raw
}

// subject is the one wallet address of sub_ids. Identifiers of other formats are
// ignored.
func subject(o object) string {
	found := ""
	for i, item := range o.array("sub_ids") {
		members, ok := item.(map[string]any)
		if !ok {
			o.fail("%ssub_ids[%d] must be an object", o.path, i)
		}
		id := object{fmt.Sprintf("%ssub_ids[%d].", o.path, i), members, o.err}
		if id.string("format") != "uri" {
			continue
		}
		if found != "" {
			o.fail("%ssub_ids must hold one identifier of the format uri", o.path)
		}
		found = id.string("id")
	}
	if found == "" {
		o.fail("%ssub_ids must hold one identifier of the format uri", o.path)
	}
	return found
}
