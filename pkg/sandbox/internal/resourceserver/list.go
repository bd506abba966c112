package resourceserver

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/opgrants/opgrants/pkg/sandbox/internal/message"
)

// pageLength is the length of a page if the client asks for none.
const pageLength = 20

// A resourcePage is a page of a list, newest first.
type resourcePage[T any] struct {
	Pagination pageInfo `json:"pagination"`
	Result     []T      `json:"result"`
}

type pageInfo struct {
	StartCursor     string `json:"startCursor,omitempty"`
	EndCursor       string `json:"endCursor,omitempty"`
	HasNextPage     bool   `json:"hasNextPage"`
	HasPreviousPage bool   `json:"hasPreviousPage"`
}

// A pageRequest is what the query of a list asks for.
type pageRequest struct {
	walletAddress string
	cursor        string
	first, last   int // 0: not given
}

func parsePageRequest(query url.Values) (p pageRequest, f *message.Refusal) {
	for name, value := range map[string]*int{"first": &p.first, "last": &p.last} {
		if !query.Has(name) {
			continue
		}
		n, err := strconv.Atoi(query.Get(name))
		if err != nil || n < 1 || n > 100 {
			return p, message.InvalidResource(fmt.Sprintf("query.%s must be integer, 1 to 100", name))
		}
		*value = n
	}
	p.walletAddress, p.cursor = query.Get("wallet-address"), query.Get("cursor")
	switch {
	case !query.Has("wallet-address"):
		return p, message.InvalidResource("query must have required property 'wallet-address'")
	case query.Has("cursor") && p.cursor == "":
		return p, message.InvalidResource("query.cursor must NOT have fewer than 1 characters")
	}
	return p, nil
}

// check finds what the server refuses only after it has checked the token.
func (p pageRequest) check() *message.Refusal {
	switch {
	case p.last > 0 && p.first > 0:
		return message.ResourceError(http.StatusBadRequest, "first and last are mutually exclusive", "")
	case p.last > 0 && p.cursor == "":
		return message.ResourceError(http.StatusBadRequest, "last requires cursor", "")
	}
	return nil
}

// cut returns a page of a list, which has the oldest item first. id returns an item's
// cursor.
func cut[T, A any](p pageRequest, list []T, id func(T) string, answer func(T) A) (any, *message.Refusal) {
	list = slices.Clone(list)
	slices.Reverse(list)
	from, to := 0, len(list)
	at := slices.IndexFunc(list, func(item T) bool { return id(item) == p.cursor })
	if p.cursor != "" && at < 0 {
		return nil, message.PlainText(http.StatusInternalServerError, "no item has this cursor")
	}
	length := pageLength
	switch {
	case p.last > 0:
		from, to = max(0, at-p.last), at
	case p.first > 0:
		length = p.first
		fallthrough
	default:
		from = at + 1 // also without a cursor
		to = min(to, from+length)
	}
	page := resourcePage[A]{Result: []A{}}
	if from >= to {
		return page, nil
	}
	for _, item := range list[from:to] {
		page.Result = append(page.Result, answer(item))
	}
	page.Pagination = pageInfo{id(list[from]), id(list[to-1]), to < len(list), from > 0}
	return page, nil
}

// listIncomingPayments answers GET /incoming-payments.
func (s *Server) listIncomingPayments(q *resourceRequest) (any, *message.Refusal) {
	p, a, f := s.authorizeList(q, "incoming-payment")
	if f != nil {
		return nil, f
	}
	s.lock()
	defer s.mu.Unlock()
	now := s.now()
	list := slices.DeleteFunc(slices.Clone(a.incoming), func(i *incomingPayment) bool {
		return i.isGone(now) || !q.all && i.Client != q.client.Name()
	})
	return cut(p, list, func(i *incomingPayment) string { return i.id }, func(i *incomingPayment) IncomingPayment { return i.IncomingPayment })
}

// listOutgoingPayments answers GET /outgoing-payments.
func (s *Server) listOutgoingPayments(q *resourceRequest) (any, *message.Refusal) {
	p, a, f := s.authorizeList(q, "outgoing-payment")
	if f != nil {
		return nil, f
	}
	s.lock()
	defer s.mu.Unlock()
	list := slices.DeleteFunc(slices.Clone(a.outgoing), func(o *outgoingPayment) bool {
		return !q.all && o.Client != q.client.Name()
	})
	return cut(p, list, func(o *outgoingPayment) string { return o.id }, func(o *outgoingPayment) OutgoingPayment { return o.OutgoingPayment })
}

func (s *Server) authorizeList(q *resourceRequest, kind string) (p pageRequest, a *account, f *message.Refusal) {
	if p, f = parsePageRequest(q.r.URL.Query()); f != nil {
		return p, nil, f
	}
	if f = s.authorize(q, kind, "list", p.walletAddress); f != nil {
		return p, nil, f
	}
	s.lock()
	defer s.mu.Unlock()
	if a, f = s.subresource(p.walletAddress); f != nil {
		return p, nil, f
	}
	if kind == "incoming-payment" {
		if f = a.down(); f != nil {
			return p, nil, f
		}
	}
	return p, a, p.check()
}
