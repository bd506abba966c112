package opclient

import (
	"context"
	"net/http"
	"strings"
	"time"
)

// resource sends a request to a resource server and reads its answer.
func resource[T any](ctx context.Context, c *Client, x *exchange, read func(object) T) (*T, error) {
	if x.signed && !visible(string(x.token)) {
		return nil, &InvalidError{"token", "give the access token as the authorization server gave it"}
	}
	x.secrets = append(x.secrets, x.token)
	reply, err := c.do(ctx, x)
	if err != nil {
		return nil, resourceError(err)
	}
	if reply.status/100 != 2 {
		return nil, x.redirect(reply.status)
	}
	var broken error
	answer := read(parseAnswer(reply, &broken))
	if broken != nil {
		return nil, x.invalid(reply.status, broken)
	}
	return &answer, nil
}

// reading is a signed GET.
func reading(op, url string, token Secret) *exchange {
	return &exchange{op: op, method: http.MethodGet, url: url, token: token, signed: true, reads: true}
}

// creating is a POST to one of the collections of a wallet's resource server.
func creating(op string, wallet *WalletAddress, collection string, token Secret, body any) (*exchange, error) {
	if err := checkURI("walletAddress", wallet.ID); err != nil {
		return nil, err
	}
	url, err := below("resourceServer", wallet.ResourceServer, collection)
	if err != nil {
		return nil, err
	}
	text, err := encodeJSON(body)
	if err != nil {
		return nil, err
	}
	return &exchange{op: op, method: http.MethodPost, url: url, token: token, body: text, signed: true}, nil
}

// below is the URL of a resource below base.
func below(field, base, path string) (string, error) {
	if strings.ContainsAny(base, "?#") {
		return "", &InvalidError{field, "give a URL without query and fragment"}
	}
	return strings.TrimRight(base, "/") + path, nil
}

// visible reports whether s can be sent in a header.
func visible(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' })
}

// uri is a URL that names a resource. [Client.do] checks those that are dialled.
func (o object) uri(name string) string {
	raw := o.string(name)
	if checkURI(name, raw) != nil {
		o.fail("%s%s must be an absolute URL", o.path, name)
	}
	return raw
}

// bool is false if the member is missing or null.
func (o object) bool(name string) bool {
	return o.has(name) && get[bool](o, name, "true or false")
}

// time is a date and time of RFC 3339.
func (o object) time(name string) time.Time {
	text := o.string(name)
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		o.fail("%s%s must be a date and time with its zone", o.path, name)
	}
	return t
}

// optionalTime is the zero time if the member is missing or null.
func (o object) optionalTime(name string) time.Time {
	if !o.has(name) {
		return time.Time{}
	}
	return o.time(name)
}

// amount is an amount that is needed; see [amountOf].
func (o object) amount(name string) Amount {
	if a := amountOf(o, name); a != nil {
		return *a
	}
	o.fail("%s%s is missing", o.path, name)
	return Amount{}
}

// metadata is what the resource's maker added to it. It is nil if it is not an
// object. The limit of the answer is the only one on its size.
func (o object) metadata() map[string]any {
	members, _ := o.members["metadata"].(map[string]any)
	return members
}
