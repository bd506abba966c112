package own_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/opgrants/opgrants/internal/cloud"
	"github.com/opgrants/opgrants/internal/httpapi"
	"github.com/opgrants/opgrants/test/openapi/own"
)

// Each answer, problem code and header of the description is one that the service
// really gives, at that operation: each is brought about here. The examples are such
// answers.
func TestNothingInTheDescriptionIsUnused(t *testing.T) {
	d := description(t)
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		for _, op := range d.Operations {
			w.everywhere(op)
		}
		w.requesting()
		w.finishing()
		w.listing()
		w.claiming()
		w.paying()
		w.spending()
		w.gettingTokens()
		w.revoking()
		w.elsewhere()
		checkExamples(t, d, w.shown)
		for _, missing := range w.all.Missing(d) {
			t.Errorf("the description has %s, which no request was answered with", missing)
		}
	})
}

func description(t *testing.T) *own.Description {
	t.Helper()
	d, err := own.Load()
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// expect fails the test unless the last exchange was answered so.
func (w *world) expect(answer *httptest.ResponseRecorder, status int, code string) {
	w.Helper()
	if w.last.Status != status || w.last.Code != code {
		w.Errorf("%s: got %d %s, want %d %s: %s", w.last.Operation, w.last.Status, w.last.Code, status, code, answer.Body)
	}
}

// least returns the least request to an operation that is well-formed.
func least(op *own.Operation, id string) *http.Request {
	body := ""
	switch op.ID {
	case "requestGrant":
		body = limited
	case "makePayment":
		body = payShop
	}
	r := request(op.Method, at(op.Path, id), body, "Idempotency-Key", "unused")
	if op.ID == "listGrants" {
		r.URL.RawQuery = "reference=order-7"
	}
	return r
}

const unknownID = "AAECAwQFBgcICQoLDA0ODw"

// everywhere brings about what can happen at each operation, or at each with a body
// or an id.
func (w *world) everywhere(op *own.Operation) {
	browser := op.ID == "finishGrant"
	send := func(h http.Handler) *httptest.ResponseRecorder { return do(h, least(op, unknownID)) }

	blocked := make(chan bool)
	busy := w.serve(func(s *settings) { s.api.MaxRequests, s.api.Caller = 1, blocking(blocked) })
	var under sync.WaitGroup
	under.Go(func() { do(busy, least(&own.Operation{Method: "GET", Path: "/grants/{id}"}, unknownID)) })
	<-blocked
	w.show("busy", send(busy), 503, "busy")
	blocked <- true
	under.Wait()

	w.broken.Store(true)
	w.expect(send(w.http), 503, "store_unavailable")
	w.broken.Store(false)
	w.expect(send(w.check(cloud.New(context.Background(), func(string) string { return "" }, io.Discard).Handler())), 503, "misconfigured")
	w.show("internalError", send(w.serve(func(s *settings) { s.api.Grants, s.api.Payments = httpapi.Refusing(errors.New("a fault")) })), 500, "internal_error")
	if browser {
		return
	}
	stranger := least(op, unknownID)
	stranger.Header.Del("Authorization")
	w.show("unauthenticated", do(w.http, stranger), 401, "unauthenticated")
	nobody := least(op, unknownID)
	nobody.Header.Set("Authorization", "Bearer nobody")
	w.show("notPermitted", do(w.http, nobody), 403, "not_permitted")
	if strings.Contains(op.Path, "{id}") {
		w.show("notFound", send(w.http), 404, "not_found")
	}
	if op.Responses[413] != nil {
		w.show("tooLarge", do(w.http, request(op.Method, at(op.Path, unknownID), strings.Repeat(" ", 17<<10), "Idempotency-Key", "k")), 413, "body_too_large")
		w.show("mediaType", do(w.http, request(op.Method, at(op.Path, unknownID), "{}", "Idempotency-Key", "k", "Content-Type", "text/plain")), 415, "unsupported_media_type")
		w.show("malformed", do(w.http, request(op.Method, at(op.Path, unknownID), `{"codes":"x"}`, "Idempotency-Key", "k")), 400, "malformed_request")
	}
	if op.Responses[409] != nil && op.Responses[410] != nil {
		for status, code := range map[string]string{"pending": "not_granted", "rejected": "rejected"} {
			answer := do(w.http, least(op, w.in(status).ID))
			w.expect(answer, 409, code)
			if code == "not_granted" {
				w.show("notGranted", answer, 409, code)
			}
		}
		for _, status := range []string{"expired", "failed", "revoked"} {
			w.expect(do(w.http, least(op, w.in(status).ID)), 410, status)
		}
	}
}

// blocking is a caller that waits, so that its request stays under way.
func blocking(c chan bool) func(*http.Request) (httpapi.Identity, error) {
	return func(*http.Request) (httpapi.Identity, error) {
		c <- true
		<-c
		return httpapi.Identity{}, errors.New("nobody")
	}
}
