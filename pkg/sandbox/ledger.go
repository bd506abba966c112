package sandbox

import "time"

// A Transfer is money that really moved, whatever the wallets say.
type Transfer struct {
	Time            time.Time `json:"time"`
	OutgoingPayment string    `json:"outgoingPayment"` // a URL; "": the money came from outside, see [Server.Deposit]
	IncomingPayment string    `json:"incomingPayment"` // a URL
	From            string    `json:"from"`            // a wallet address; "" for money from outside
	To              string    `json:"to"`              // a wallet address
	Debited         Amount    `json:"debited"`         // what left the payer, with the fee
	Arrived         Amount    `json:"arrived"`         // what the receiver got
}

// Ledger returns all money that moved, oldest first. A slow payment has several
// transfers. It keeps the last 100,000.
func (s *Server) Ledger() []Transfer {
	var all []Transfer
	for _, t := range s.resources.Ledger() {
		all = append(all, Transfer{t.Time, t.OutgoingPayment, t.IncomingPayment, t.From, t.To, Amount(t.Debited), Amount(t.Arrived)})
	}
	return all
}

// Arrived returns how much an outgoing payment, a URL, really moved to its receiver.
func (s *Server) Arrived(outgoingPayment string) (value uint64) {
	for _, t := range s.resources.Ledger() {
		if t.OutgoingPayment == outgoingPayment {
			value += t.Arrived.Value
		}
	}
	return value
}

// Deposit lets somebody outside of the sandbox pay into an incoming payment, a URL. It
// may be more than the incoming payment asks for.
func (s *Server) Deposit(incomingPayment string, value uint64) error {
	return s.resources.Deposit(incomingPayment, value)
}

// CompleteIncomingPayment completes an incoming payment, a URL, as another client can.
func (s *Server) CompleteIncomingPayment(incomingPayment string) error {
	return s.resources.Complete(incomingPayment)
}

// SetRates replaces [Config.Rates] for later quotes.
func (s *Server) SetRates(rates map[string]float64) { s.resources.SetRates(rates) }

// AllOutgoingPayments returns the outgoing payments of all wallets, oldest first.
func (s *Server) AllOutgoingPayments() []OutgoingPayment {
	return convertPayments(s.resources.AllOutgoingPayments())
}

// A Grant is a grant that a user was asked for, as the wallet sees it.
type Grant struct {
	ConsentURL string    `json:"consentUrl"`
	Client     string    `json:"client"` // a wallet address
	User       string    `json:"user"`   // a wallet address, "" if the client named none
	State      string    `json:"state"`  // pending, approved, issued, rejected or revoked
	MadeAt     time.Time `json:"madeAt"`
}

// Grants returns the grants that users were asked for, oldest first.
func (s *Server) Grants() []Grant {
	var all []Grant
	for _, g := range s.auth.Grants() {
		all = append(all, Grant(g))
	}
	return all
}

// A LiveToken is an access token that a resource server accepts now. It prints
// without its Value.
type LiveToken struct {
	Value       string `json:"-" xml:"-"` // a secret
	ManageURI   string
	ContinueURI string // of its grant
	Client      string // a wallet address
	Interactive bool   // a user consented to its grant
	MadeAt      time.Time
	ExpiresAt   time.Time
}

// LiveTokens returns the access tokens that work now, oldest first.
func (s *Server) LiveTokens() []LiveToken {
	var all []LiveToken
	for _, t := range s.auth.LiveTokens() {
		all = append(all, LiveToken(t))
	}
	return all
}
