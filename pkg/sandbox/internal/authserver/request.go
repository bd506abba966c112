package authserver

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/opgrants/opgrants/pkg/sandbox/internal/access"
	"github.com/opgrants/opgrants/pkg/sandbox/internal/message"
	"github.com/opgrants/opgrants/pkg/sandbox/internal/wallets"
)

// A grantRequest is the body of a grant request that the OpenAPI description allows.
type grantRequest struct {
	client      wallets.Client
	access      []access.Item
	subject     string
	interact    bool
	finish      *finish
	wantsAccess bool // it has access_token
}

// parseGrantRequest checks the body as the OpenAPI description demands. The server
// does this before it looks at the signature.
func parseGrantRequest(canonical []byte, form ClientForm) (*grantRequest, *message.Refusal) {
	o, ok := message.ParseObject(canonical)
	if !ok {
		return nil, message.Invalid("body must be object")
	}
	q := &grantRequest{}
	if f := q.parseClient(o, form); f != nil {
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
		return nil, message.Invalid("body must have required property 'access_token'")
	}
	return q, nil
}

func (q *grantRequest) parseClient(o message.Object, form ClientForm) *message.Refusal {
	if o["client"] == nil {
		return message.Invalid("body must have required property 'client'")
	}
	s, isString := o.Text("client")
	switch {
	case isString && form == ObjectForm:
		return message.Invalid("body.client must be object")
	case !isString && form == StringForm:
		return message.Invalid("body.client must be string")
	}
	if isString {
		q.client.WalletAddress = s
	} else if c, ok := message.ParseObject(o["client"]); ok && len(c) == 1 {
		var jwk wallets.JWK
		if q.client.WalletAddress, ok = c.Text("walletAddress"); !ok {
			if c["jwk"] == nil || json.Unmarshal(c["jwk"], &jwk) != nil {
				return message.Invalid("body.client must match exactly one schema in oneOf")
			}
			if _, err := jwk.PublicKey(); err != nil {
				return message.Invalid("body.client.jwk: " + err.Error())
			}
			q.client.JWK = &jwk
			return nil
		}
	} else {
		return message.Invalid("body.client must match exactly one schema in oneOf")
	}
	if !message.IsURI(q.client.WalletAddress) {
		return message.Invalid(`body.client must match format "uri"`)
	}
	return nil
}

func (q *grantRequest) parseInteract(o message.Object) *message.Refusal {
	if o["interact"] == nil {
		return nil
	}
	interact, ok := message.ParseObject(o["interact"])
	if !ok {
		return message.Invalid("body.interact must be object")
	}
	starts, ok := interact.List("start")
	if !ok || slices.ContainsFunc(starts, func(s json.RawMessage) bool { return string(s) != `"redirect"` }) {
		return message.Invalid("body.interact.start must be equal to one of the allowed values: redirect")
	}
	q.interact = true
	if interact["finish"] == nil {
		return nil
	}
	members, _ := message.ParseObject(interact["finish"])
	method, hasMethod := members.Text("method")
	uri, hasURI := members.Text("uri")
	nonce, hasNonce := members.Text("nonce")
	switch {
	case !hasMethod || !hasURI || !hasNonce:
		return message.Invalid("body.interact.finish must have required properties 'method', 'uri', 'nonce'")
	case method != "redirect":
		return message.Invalid("body.interact.finish.method must be equal to one of the allowed values: redirect")
	case !message.IsURI(uri):
		return message.Invalid(`body.interact.finish.uri must match format "uri"`)
	}
	q.finish = &finish{uri: uri, nonce: nonce}
	return nil
}

func (q *grantRequest) parseAccessToken(o message.Object) *message.Refusal {
	if o["access_token"] == nil {
		return nil
	}
	q.wantsAccess = true
	token, _ := message.ParseObject(o["access_token"])
	items, ok := token.List("access")
	if !ok {
		return message.Invalid("body.access_token must have required property 'access', a list")
	}
	if len(items) > 3 {
		return message.Invalid("body.access_token.access must NOT have more than 3 items")
	}
	for i, item := range items {
		if slices.ContainsFunc(items[:i], func(other json.RawMessage) bool { return bytes.Equal(other, item) }) {
			return message.Invalid("body.access_token.access must NOT have duplicate items")
		}
		a, f := access.Parse(fmt.Sprintf("body.access_token.access.%d", i), item)
		if f != nil {
			return f
		}
		q.access = append(q.access, a)
	}
	return nil
}

func (q *grantRequest) parseSubject(o message.Object) *message.Refusal {
	if o["subject"] == nil {
		return nil
	}
	subject, _ := message.ParseObject(o["subject"])
	ids, ok := subject.List("sub_ids")
	if !ok || len(ids) != 1 {
		return message.Invalid("body.subject.sub_ids must have 1 item")
	}
	members, _ := message.ParseObject(ids[0])
	id, hasID := members.Text("id")
	format, hasFormat := members.Text("format")
	if !hasID || !hasFormat || format != "uri" {
		return message.Invalid("body.subject.sub_ids.0 must have 'id' and the format 'uri'")
	}
	q.subject = id
	return nil
}

// check finds what the server refuses only after it has verified the signature.
func (q *grantRequest) check() *message.Refusal {
	if len(q.access) == 0 && q.subject == "" {
		return message.Refuse(400, message.InvalidRequest, "subject or access_token required", "")
	}
	for i := range q.access {
		if f := q.access[i].Check(); f != nil {
			return f
		}
	}
	return nil
}

func (q *grantRequest) needsInteraction() bool {
	return q.subject != "" || slices.ContainsFunc(q.access, func(a access.Item) bool { return a.NeedsInteraction() })
}
