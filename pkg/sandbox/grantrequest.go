package sandbox

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
)

// A grantRequest is one that the OpenAPI description allows.
type grantRequest struct {
	client      client
	access      []access
	subject     string
	interact    bool
	finish      *finish
	wantsAccess bool // access_token was there
}

// An object keeps its members apart, since encoding/json would match their names
// in any case.
type object map[string]json.RawMessage

func parseObject(text json.RawMessage) (object, bool) {
	var o object
	return o, json.Unmarshal(text, &o) == nil && o != nil
}

func (o object) text(name string) (s string, ok bool) {
	return s, o[name] != nil && json.Unmarshal(o[name], &s) == nil && o[name][0] == '"'
}

func (o object) list(name string) (items []json.RawMessage, ok bool) {
	return items, json.Unmarshal(o[name], &items) == nil && items != nil
}

// parseGrantRequest checks the body as the OpenAPI description has it, which
// happens before the signature is looked at.
func parseGrantRequest(canonical []byte) (*grantRequest, *refusal) {
	o, ok := parseObject(canonical)
	if !ok {
		return nil, invalid("body must be object")
	}
	q := &grantRequest{}
	if f := q.parseClient(o); f != nil {
		return nil, f
	}
	if f := q.parseInteract(o); f != nil {
		return nil, f
	}
	if f := q.parseAccessToken(o); f != nil {
		return nil, f
	}
	if f := q.parseSubject(o); f != nil {
		return nil, f
	}
	if !q.wantsAccess && (q.subject == "" || !q.interact) {
		return nil, invalid("body must have required property 'access_token'")
	}
	return q, nil
}

func (q *grantRequest) parseClient(o object) *refusal {
	if o["client"] == nil {
		return invalid("body must have required property 'client'")
	}
	if s, ok := o.text("client"); ok {
		q.client.walletAddress = s
	} else if c, ok := parseObject(o["client"]); ok && len(c) == 1 {
		var jwk JWK
		if q.client.walletAddress, ok = c.text("walletAddress"); !ok {
			if c["jwk"] == nil || json.Unmarshal(c["jwk"], &jwk) != nil {
				return invalid("body.client must match exactly one schema in oneOf")
			}
			if _, err := jwk.publicKey(); err != nil {
				return invalid("body.client.jwk: " + err.Error())
			}
			q.client.jwk = &jwk
			return nil
		}
	} else {
		return invalid("body.client must match exactly one schema in oneOf")
	}
	if !isURI(q.client.walletAddress) {
		return invalid(`body.client must match format "uri"`)
	}
	return nil
}

func (q *grantRequest) parseInteract(o object) *refusal {
	if o["interact"] == nil {
		return nil
	}
	interact, ok := parseObject(o["interact"])
	if !ok {
		return invalid("body.interact must be object")
	}
	starts, ok := interact.list("start")
	if !ok || slices.ContainsFunc(starts, func(s json.RawMessage) bool { return string(s) != `"redirect"` }) {
		return invalid("body.interact.start must be equal to one of the allowed values: redirect")
	}
	q.interact = true
	if interact["finish"] == nil {
		return nil
	}
	members, _ := parseObject(interact["finish"])
	method, hasMethod := members.text("method")
	uri, hasURI := members.text("uri")
	nonce, hasNonce := members.text("nonce")
	switch {
	case !hasMethod || !hasURI || !hasNonce:
		return invalid("body.interact.finish must have required properties 'method', 'uri', 'nonce'")
	case method != "redirect":
		return invalid("body.interact.finish.method must be equal to one of the allowed values: redirect")
	case !isURI(uri):
		return invalid(`body.interact.finish.uri must match format "uri"`)
	}
	q.finish = &finish{uri: uri, nonce: nonce}
	return nil
}

func (q *grantRequest) parseAccessToken(o object) *refusal {
	if o["access_token"] == nil {
		return nil
	}
	q.wantsAccess = true
	token, _ := parseObject(o["access_token"])
	items, ok := token.list("access")
	if !ok {
		return invalid("body.access_token must have required property 'access', a list")
	}
	if len(items) > 3 {
		return invalid("body.access_token.access must NOT have more than 3 items")
	}
	for i, item := range items {
		if slices.ContainsFunc(items[:i], func(other json.RawMessage) bool { return bytes.Equal(other, item) }) {
			return invalid("body.access_token.access must NOT have duplicate items")
		}
		a, f := parseAccess(fmt.Sprintf("body.access_token.access.%d", i), item)
		if f != nil {
			return f
		}
		q.access = append(q.access, a)
	}
	return nil
}

func (q *grantRequest) parseSubject(o object) *refusal {
	if o["subject"] == nil {
		return nil
	}
	subject, _ := parseObject(o["subject"])
	ids, ok := subject.list("sub_ids")
	if !ok || len(ids) != 1 {
		return invalid("body.subject.sub_ids must have 1 item")
	}
	members, _ := parseObject(ids[0])
	id, hasID := members.text("id")
	format, hasFormat := members.text("format")
	if !hasID || !hasFormat || format != "uri" {
		return invalid("body.subject.sub_ids.0 must have 'id' and the format 'uri'")
	}
	q.subject = id
	return nil
}

// check is what is found only after the signature was verified.
func (q *grantRequest) check() *refusal {
	if len(q.access) == 0 && q.subject == "" {
		return refuse(400, invalidRequest, "subject or access_token required", "")
	}
	for _, a := range q.access {
		o, _ := parseObject(a.text)
		for name := range o {
			if !slices.Contains(accessMembers, name) {
				return internalError(fmt.Sprintf("the access item has a member %q, which is not known", name))
			}
		}
		if a.needsInteraction() && a.identifier == "" {
			return refuse(400, invalidRequest, "access identifier required", "")
		}
		if l, ok := parseObject(o["limits"]); ok && l["debitAmount"] != nil && l["receiveAmount"] != nil {
			return refuse(400, invalidRequest, "only one access amount allowed", "")
		}
	}
	return nil
}

func (q *grantRequest) needsInteraction() bool {
	return q.subject != "" || slices.ContainsFunc(q.access, access.needsInteraction)
}

func isURI(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.IsAbs() && (u.Host != "" || u.Opaque != "")
}
