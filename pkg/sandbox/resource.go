package sandbox

import (
	"net/http"
	"strconv"
	"strings"
)

// A resource is an operation of the resource server.
type resource struct {
	op     Op
	status int // of a good answer
	count  func(*Stats)
	serve  func(*resourceRequest) (any, *refusal)
}

// A resourceRequest is a request to the resource server and, once it is
// authorized, on whose behalf it is.
type resourceRequest struct {
	r      *http.Request
	header http.Header // of the answer
	body   *body
	id     string // of the resource; "" for a collection

	client client
	access *access // of the grant; Server.mu guards what was spent of it
	all    bool    // read-all or list-all: not just what this client made
}

// resourceError is worded as the reference implementation does, whose code
// repeats the status.
func resourceError(status int, description, hint string) *refusal {
	return refuse(status, strconv.Itoa(status), description, hint)
}

// invalidResource is a request that the OpenAPI description does not allow.
func invalidResource(what string) *refusal {
	return resourceError(http.StatusBadRequest, "Received error validating OpenAPI request: "+what, "")
}

// serveResources answers below the resource server's URL.
func (s *Server) serveResources(w http.ResponseWriter, r *http.Request, path string) {
	k, id := s.resource(r.Method, path)
	if k == nil {
		plainText(http.StatusNotFound, "").write(w)
		return
	}
	b, f := readResourceBody(w, r, k.op != OpReadIncomingPayment)
	s.count(k.count)
	s.failing(k.op, w, r, func(w http.ResponseWriter) {
		answer, f := any(nil), f
		if f == nil {
			answer, f = k.serve(&resourceRequest{r: r, header: w.Header(), body: b, id: id})
		}
		if f != nil {
			f.write(w)
		} else {
			writeJSON(w, k.status, answer)
		}
		s.log(r, k.op, f)
	})
}

// resource is nil where nothing is.
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
	read := func(n *Stats) { n.ResourceReads++ }
	return map[string]*resource{
		"POST " + incomingPaymentsPath:                    {OpCreateIncomingPayment, http.StatusCreated, func(n *Stats) { n.IncomingPayments++ }, s.createIncomingPayment},
		"GET " + incomingPaymentsPath:                     {OpListIncomingPayments, http.StatusOK, read, s.listIncomingPayments},
		"GET " + incomingPaymentsPath + "/{id}":           {OpReadIncomingPayment, http.StatusOK, read, s.readIncomingPayment},
		"POST " + incomingPaymentsPath + "/{id}/complete": {OpCompleteIncomingPayment, http.StatusOK, func(n *Stats) { n.Completions++ }, s.completeIncomingPayment},
		"POST " + quotesPath:                              {OpCreateQuote, http.StatusCreated, func(n *Stats) { n.Quotes++ }, s.createQuote},
		"GET " + quotesPath + "/{id}":                     {OpReadQuote, http.StatusOK, read, s.readQuote},
		"POST " + outgoingPaymentsPath:                    {OpCreateOutgoingPayment, http.StatusCreated, func(n *Stats) { n.OutgoingPayments++ }, s.createOutgoingPayment},
		"GET " + outgoingPaymentsPath:                     {OpListOutgoingPayments, http.StatusOK, read, s.listOutgoingPayments},
		"GET " + outgoingPaymentsPath + "/{id}":           {OpReadOutgoingPayment, http.StatusOK, read, s.readOutgoingPayment},
		"GET outgoing-payment-grant":                      {OpReadSpentAmounts, http.StatusOK, read, s.readSpentAmounts},
	}
}

// ResourceServer is the base URL of payments and quotes, as the wallet addresses
// have it.
func (s *Server) ResourceServer() string { return s.url + "/" + resourcePath }

// resourceURL is the id of a resource for clients.
func (s *Server) resourceURL(collection, id string) string {
	return s.ResourceServer() + "/" + collection + "/" + id
}
