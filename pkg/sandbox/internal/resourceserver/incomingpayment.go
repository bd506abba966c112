package resourceserver

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/opgrants/opgrants/pkg/sandbox/internal/message"
	"github.com/opgrants/opgrants/pkg/sandbox/internal/random"
)

// An IncomingPayment is what a wallet expects or has received.
type IncomingPayment struct {
	ID             string          `json:"id"` // a URL
	WalletAddress  string          `json:"walletAddress"`
	Client         string          `json:"-"`                        // who made it: a wallet address
	IncomingAmount *Amount         `json:"incomingAmount,omitempty"` // what it asks for; nil: any
	ReceivedAmount Amount          `json:"receivedAmount"`
	Completed      bool            `json:"completed"`
	Metadata       json.RawMessage `json:"metadata,omitempty"`
	CreatedAt      time.Time       `json:"createdAt"`
	ExpiresAt      time.Time       `json:"expiresAt"`
}

type incomingPayment struct {
	IncomingPayment
	id      string
	account *account
	method  paymentMethod
}

// A paymentMethod is how a wallet elsewhere would pay. Nothing listens there.
type paymentMethod struct {
	Type         string `json:"type"`
	ILPAddress   string `json:"ilpAddress"`
	SharedSecret string `json:"sharedSecret"`
}

type incomingPaymentWithMethods struct {
	IncomingPayment
	Methods []paymentMethod `json:"methods"`
}

type publicIncomingPayment struct {
	ReceivedAmount Amount `json:"receivedAmount"`
	AuthServer     string `json:"authServer"`
}

// createIncomingPayment answers POST /incoming-payments.
func (s *Server) createIncomingPayment(q *resourceRequest) (any, *message.Refusal) {
	o, walletAddress, f := parseResource(q.body, "incomingAmount", "expiresAt", "metadata")
	if f != nil {
		return nil, f
	}
	most, f := amountMember(o, "incomingAmount")
	if f != nil {
		return nil, f
	}
	var expires time.Time
	if o["expiresAt"] != nil {
		text, _ := o.Text("expiresAt")
		var err error
		if expires, err = time.Parse(time.RFC3339, text); err != nil {
			return nil, message.InvalidResource(`body.expiresAt must match format "date-time"`)
		}
	}
	if f := s.authorize(q, "incoming-payment", "create", walletAddress); f != nil {
		return nil, f
	}
	if f := checkStorable(o["metadata"], most); f != nil {
		return nil, f
	}
	s.lock()
	defer s.mu.Unlock()
	a, f := s.subresource(walletAddress)
	if f == nil {
		f = a.down()
	}
	if f != nil {
		return nil, f
	}
	p, f := s.newIncomingPayment(a, most, expires)
	if f != nil {
		return nil, f
	}
	p.Client, p.Metadata = q.client.Name(), o["metadata"]
	s.keepIncomingPayment(p)
	return p.withMethods(s.now()), nil
}

// newIncomingPayment checks what the client asks for. It does not add the payment. The caller holds s.mu.
func (s *Server) newIncomingPayment(a *account, most *Amount, expires time.Time) (*incomingPayment, *message.Refusal) {
	now := s.now()
	last := now.Add(s.config.IncomingPaymentLife)
	switch {
	case expires.IsZero():
		expires = last
	case !expires.After(now) || expires.After(last):
		return nil, message.ResourceError(http.StatusBadRequest, "invalid expiresAt", "it must be in the future, and not too far")
	}
	if most != nil && (most.Value == 0 || most.asset() != a.asset) {
		return nil, message.ResourceError(http.StatusBadRequest, "invalid amount", "incomingAmount must be positive and in the asset of the wallet address")
	}
	p := &incomingPayment{id: random.UUID(), account: a}
	p.IncomingPayment = IncomingPayment{
		ID: s.resourceURL(incomingPaymentsPath, p.id), WalletAddress: a.address, IncomingAmount: most,
		ReceivedAmount: a.asset.amount(0), CreatedAt: now, ExpiresAt: expires.UTC().Truncate(time.Millisecond),
	}
	secret := make([]byte, 32)
	_, _ = rand.Read(secret) // never fails
	p.method = paymentMethod{"ilp", "test.sandbox." + p.id, base64.RawURLEncoding.EncodeToString(secret)}
	s.secrets.Add(p.method.SharedSecret)
	return p, nil
}

// keepIncomingPayment adds it. The caller holds s.mu.
func (s *Server) keepIncomingPayment(p *incomingPayment) {
	s.incoming[p.id] = p
	p.account.incoming = remember(p.account.incoming, p, func(old *incomingPayment) { delete(s.incoming, old.id) })
}

// readIncomingPayment answers GET /incoming-payments/{id}. A request without a token
// gets the public part.
func (s *Server) readIncomingPayment(q *resourceRequest) (any, *message.Refusal) {
	p, f := s.findIncomingPayment(q.id)
	if f != nil {
		return nil, f
	}
	isPublic := q.r.Header.Get("Authorization") == ""
	if !isPublic {
		if f := s.authorize(q, "incoming-payment", "read", p.WalletAddress); f != nil {
			return nil, f
		}
	}
	s.lock()
	defer s.mu.Unlock()
	switch {
	case isPublic:
		return publicIncomingPayment{p.ReceivedAmount, s.config.AuthServer}, nil
	case !q.all && p.Client != q.client.Name():
		return nil, message.ResourceError(http.StatusNotFound, "Incoming payment does not exist", "another client made it, and the grant has not the action read-all")
	}
	return p.withMethods(s.now()), nil
}

// completeIncomingPayment answers POST /incoming-payments/{id}/complete. Any client
// with such a grant can complete it.
func (s *Server) completeIncomingPayment(q *resourceRequest) (any, *message.Refusal) {
	p, f := s.findIncomingPayment(q.id)
	if f != nil {
		return nil, f
	}
	if f := s.authorize(q, "incoming-payment", "complete", p.WalletAddress); f != nil {
		return nil, f
	}
	s.lock()
	defer s.mu.Unlock()
	if !p.isActive(s.now()) {
		return nil, message.ResourceError(http.StatusConflict, "wrong state", "it is completed, or has expired")
	}
	p.Completed = true
	return p.IncomingPayment, nil
}

// findIncomingPayment returns an incoming payment by its id. It comes before the check
// of the token, which depends on the wallet address.
func (s *Server) findIncomingPayment(id string) (*incomingPayment, *message.Refusal) {
	s.lock()
	defer s.mu.Unlock()
	p := s.incoming[id]
	switch {
	case !random.IsUUID(id):
		return nil, malformedID()
	case p == nil || p.isGone(s.now()):
		return nil, unknownResource("incoming payment")
	}
	return p, p.account.down()
}

// down breaks the connection if the account's server is to be unreachable. The caller
// holds s.mu.
func (a *account) down() *message.Refusal {
	if a.does(ReceiverDown) {
		return message.Abort("a test asked for a server that cannot be reached")
	}
	return nil
}

func unknownResource(kind string) *message.Refusal {
	f := message.ResourceError(http.StatusUnauthorized, "Unauthorized", "there is no such "+kind)
	f.Details = map[string]any{"description": kind + " not found"}
	return f
}

// malformedID answers a request for an id that is not a UUID: the database of the
// reference implementation fails on it.
func malformedID() *message.Refusal {
	return message.PlainText(http.StatusInternalServerError, "the id is not a UUID")
}

// incomingByURL returns an incoming payment of this server, nil if there is none.
func (s *Server) incomingByURL(url string) *incomingPayment {
	id, ok := strings.CutPrefix(url, s.resourceURL(incomingPaymentsPath, ""))
	if !ok {
		return nil
	}
	return s.incoming[id]
}

// receiver returns an incoming payment that can be paid now, nil if there is none. The
// caller holds s.mu.
func (s *Server) receiver(url string, now time.Time) *incomingPayment {
	if p := s.incomingByURL(url); p != nil && p.isActive(now) {
		return p
	}
	return nil
}

// canHold reports whether neither the incoming payment nor its account overflows.
func (p *incomingPayment) canHold(value uint64) bool {
	return p.account.balance+value >= value && p.ReceivedAmount.Value+value >= value
}

// isActive reports whether it can be paid.
func (p *incomingPayment) isActive(now time.Time) bool {
	return !p.Completed && p.ExpiresAt.After(now)
}

// isGone reports whether the server has deleted it: it expired and has received
// nothing.
func (p *incomingPayment) isGone(now time.Time) bool {
	return !p.isActive(now) && !p.Completed && p.ReceivedAmount.Value == 0
}

// remaining returns how much it still takes, and false if it takes any amount.
func (p *incomingPayment) remaining() (value uint64, isLimited bool) {
	if p.IncomingAmount == nil {
		return 0, false
	}
	return p.IncomingAmount.Value - min(p.IncomingAmount.Value, p.ReceivedAmount.Value), true
}

// withMethods adds how to pay it, if it can be paid. The caller holds s.mu.
func (p *incomingPayment) withMethods(now time.Time) incomingPaymentWithMethods {
	a := incomingPaymentWithMethods{p.IncomingPayment, []paymentMethod{}}
	if p.isActive(now) {
		a.Methods = append(a.Methods, p.method)
	}
	return a
}
