package resourceserver

import (
	"net/http"
	"strings"

	"github.com/opgrants/opgrants/pkg/sandbox/internal/access"
	"github.com/opgrants/opgrants/pkg/sandbox/internal/calls"
	"github.com/opgrants/opgrants/pkg/sandbox/internal/message"
	"github.com/opgrants/opgrants/pkg/sandbox/internal/wallets"
)

// A resource is an operation of the resource server.
type resource struct {
	op     calls.Op
	status int // of a good answer
	count  func(*calls.Stats)
	serve  func(*resourceRequest) (any, *message.Refusal)
}

// A resourceRequest is a request to the resource server. authorize sets the client
// and its access.
type resourceRequest struct {
	r      *http.Request
	header http.Header // of the answer
	body   *message.Body
	id     string // of the resource; "" for a collection

	client wallets.Client
	access *access.Item // of the grant
	all    bool         // read-all or list-all: not just what this client made
}

// Serve answers a request. path is below the server's URL.
func (s *Server) Serve(w http.ResponseWriter, r *http.Request, path string) {
	k, id := s.resource(r.Method, path)
	if k == nil {
		message.PlainText(http.StatusNotFound, "").Write(w)
		return
	}
	b, f := readResourceBody(w, r, k.op != calls.ReadIncomingPayment)
	s.calls.Count(k.count)
	s.calls.Serve(k.op, w, r, func(w http.ResponseWriter) *message.Refusal {
		answer, f := any(nil), f
		if f == nil {
			answer, f = k.serve(&resourceRequest{r: r, header: w.Header(), body: b, id: id})
		}
		switch {
		case f == nil:
			message.WriteJSON(w, k.status, answer)
		case !f.Abort:
			f.Write(w)
		}
		return f
	})
}

// resource returns the operation of a path, nil if there is none.
func (s *Server) resource(method, path string) (k *resource, id string) {
	collection, rest, hasID := strings.Cut(path, "/")
	id, action, hasAction := strings.Cut(rest, "/")
	switch {
	case hasID && id == "":
		return nil, ""
	case hasAction:
		collection += "/{id}/" + action
	case hasID:
		collection += "/{id}"
	}
	return s.resources[method+" "+collection], id
}

const (
	incomingPaymentsPath = "incoming-payments"
	quotesPath           = "quotes"
	outgoingPaymentsPath = "outgoing-payments"
)

// resourceTable has the paths of the OpenAPI description.
func (s *Server) resourceTable() map[string]*resource {
	read := func(n *calls.Stats) { n.ResourceReads++ }
	return map[string]*resource{
		"POST " + incomingPaymentsPath:                    {calls.CreateIncomingPayment, http.StatusCreated, func(n *calls.Stats) { n.IncomingPayments++ }, s.createIncomingPayment},
		"GET " + incomingPaymentsPath:                     {calls.ListIncomingPayments, http.StatusOK, read, s.listIncomingPayments},
		"GET " + incomingPaymentsPath + "/{id}":           {calls.ReadIncomingPayment, http.StatusOK, read, s.readIncomingPayment},
		"POST " + incomingPaymentsPath + "/{id}/complete": {calls.CompleteIncomingPayment, http.StatusOK, func(n *calls.Stats) { n.Completions++ }, s.completeIncomingPayment},
		"POST " + quotesPath:                              {calls.CreateQuote, http.StatusCreated, func(n *calls.Stats) { n.Quotes++ }, s.createQuote},
		"GET " + quotesPath + "/{id}":                     {calls.ReadQuote, http.StatusOK, read, s.readQuote},
		"POST " + outgoingPaymentsPath:                    {calls.CreateOutgoingPayment, http.StatusCreated, func(n *calls.Stats) { n.OutgoingPayments++ }, s.createOutgoingPayment},
		"GET " + outgoingPaymentsPath:                     {calls.ListOutgoingPayments, http.StatusOK, read, s.listOutgoingPayments},
		"GET " + outgoingPaymentsPath + "/{id}":           {calls.ReadOutgoingPayment, http.StatusOK, read, s.readOutgoingPayment},
		"GET outgoing-payment-grant":                      {calls.ReadSpentAmounts, http.StatusOK, read, s.readSpentAmounts},
	}
}

// resourceURL returns the id of a resource for clients.
func (s *Server) resourceURL(collection, id string) string {
	return s.config.URL + "/" + collection + "/" + id
}
