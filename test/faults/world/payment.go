package world

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/opgrants/opgrants/pkg/opclient"
)

// Requests by what they ask for, and the payments that follow. Each request has %s for
// the wallet address.
const (
	Checkout   = `{"walletAddress":"%s","returnUrl":"` + ReturnURL + `?order=7","payment":{"receiveAmount":{"value":"130"}}}`
	Allowance  = `{"walletAddress":"%s","returnUrl":"` + ReturnURL + `?order=7","limits":{"debitAmount":{"value":"1300"},"interval":"R/2026-01-01T00:00:00Z/P1M"}}`
	OfCheckout = `{}`
)

// CheckoutTo is a request of a checkout that pays somebody else.
func CheckoutTo(payee string) string {
	return strings.Replace(Checkout, `"payment":{`, `"payment":{"to":"`+payee+`",`, 1)
}

// Invoice makes an incoming payment that somebody is to pay.
func (w *World) Invoice(payee string) (id string, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	wallet, err := w.Paying.Wallet.WalletAddress(ctx, payee)
	if err != nil {
		return "", err
	}
	g, err := w.Paying.Wallet.RequestGrant(ctx, wallet.AuthServer, opclient.GrantRequest{Access: []opclient.Access{
		{Type: opclient.TypeIncomingPayment, Actions: []string{"create"}, Identifier: payee}}})
	if err != nil {
		return "", err
	}
	made, err := w.Paying.Wallet.CreateIncomingPayment(ctx, wallet, g.Token.Value, opclient.IncomingPaymentRequest{
		IncomingAmount: &opclient.Amount{Value: "130", AssetCode: wallet.AssetCode, AssetScale: wallet.AssetScale}, ExpiresAt: w.Now().Add(time.Hour)})
	if err != nil {
		return "", err
	}
	return made.ID, nil
}

// ToShop is a payment of the client's own wallet address.
func (w *World) ToShop() string {
	return fmt.Sprintf(`{"to":"%s","receiveAmount":{"value":"130"}}`, w.Client)
}

// Claim is POST …/claim with the code.
func (s *Session) Claim() Answer {
	return s.call(true, "POST", s.URL+"/grants/"+s.ID+"/claim", `{"code":"`+s.Code+`"}`)
}

// Pay is POST …/payments with the app's key, and the code of its grant.
func (s *Session) Pay() Answer { return s.PayWith(s.PayKey) }

// PayWith is POST …/payments with a key.
func (s *Session) PayWith(key string) Answer {
	var body map[string]any
	if err := json.Unmarshal([]byte(s.Pays), &body); err != nil {
		panic(err)
	}
	if s.Code != "" {
		body["code"] = s.Code
	}
	text, err := json.Marshal(body)
	if err != nil {
		panic(err)
	}
	s.useKey(s.ID, key)
	a := s.call(true, "POST", s.URL+"/grants/"+s.ID+"/payments", string(text), "Idempotency-Key", `"`+key+`"`, "Prefer", "wait="+strconv.Itoa(s.PayWait))
	if (a.Status == 201 || a.Status == 402) && key == s.PayKey {
		s.learnPayment(a)
	}
	s.judgePayment(a)
	return a
}

// learnPayment keeps what the app hears of its payment. A 402 has it in a member.
func (s *Session) learnPayment(a Answer) {
	if p, ok := a.Body["payment"].(map[string]any); ok {
		a.Body = p
	}
	if id := a.Text("id"); id != "" {
		s.Payment, s.Paid = id, a.Text("status")
	}
}

// ReadPayment is GET …/payments/{payment} of a payment; "": the app's, if it knows one.
func (s *Session) ReadPayment(id string) (a Answer) {
	own := id == "" || id == s.Payment
	if id == "" {
		id = s.Payment
	}
	if id == "" {
		return a
	}
	a = s.call(true, "GET", s.URL+"/grants/"+s.ID+"/payments/"+id, "")
	if own && a.Status == 200 {
		s.learnPayment(a)
	}
	s.judgePayment(a)
	return a
}

// LetFollow lets the schedule look at all payments, in the child if there is one.
func (s *Session) LetFollow() {
	for _, id := range s.paymentIDs() {
		if s.inChild {
			s.call(true, "GET", s.URL+"/", "", headerFollow, id)
			continue
		}
		s.follow(id)
	}
}

// carryOnPaying repeats the request with its key until the app has an answer, and reads
// the payment until it is final, for at most ten minutes.
func (s *Session) carryOnPaying() {
	if s.Code == "" {
		return // there is no consent
	}
	s.again(true, func() (Answer, bool) {
		a := s.Pay()
		if isFinal(a.Status) && a.Status != 402 {
			s.Over = a.Text("code")
		}
		return a, a.Status == 201 || isFinal(a.Status)
	})
	for range 12 {
		if s.Payment == "" || IsDecided(s.Paid) {
			return
		}
		s.Move(time.Minute)
		s.ReadPayment("")
	}
}

// IsDecided reports whether nothing changes a payment's status any more.
func IsDecided(status string) bool {
	return slices.Contains([]string{"completed", "partial", "failed", "undecided"}, status)
}
