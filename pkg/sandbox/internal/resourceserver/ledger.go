package resourceserver

import (
	"fmt"
	"time"
)

// maxTransfers is how many transfers the ledger keeps. It drops the oldest first.
const maxTransfers = 100_000

// A Transfer is money that really moved.
type Transfer struct {
	Time            time.Time
	OutgoingPayment string // "": [Server.Deposit] or another payer
	IncomingPayment string
	From, To        string // wallet addresses
	Debited         Amount // with the fee
	Arrived         Amount
}

// Ledger returns the money that really moved, oldest first.
func (s *Server) Ledger() []Transfer {
	s.lock()
	defer s.mu.Unlock()
	return append([]Transfer(nil), s.ledger...)
}

// transfer moves money from the payment's account to the receiver's. The caller holds
// s.mu and has checked that both can hold it.
func (s *Server) transfer(now time.Time, p *outgoingPayment, to *incomingPayment, debit, arrive uint64) {
	from := p.quote.account
	from.balance -= debit
	s.record(now, Transfer{OutgoingPayment: p.ID, From: from.address, Debited: from.asset.amount(debit)}, to, arrive)
}

// record adds what arrives to the receiver and completes the receiver when it has all
// that it asks for.
func (s *Server) record(now time.Time, t Transfer, to *incomingPayment, arrive uint64) {
	to.account.balance += arrive
	to.ReceivedAmount.Value += arrive
	if remaining, isLimited := to.remaining(); isLimited && remaining == 0 {
		to.Completed = true
	}
	t.Time, t.IncomingPayment, t.To, t.Arrived = now, to.ID, to.account.address, to.account.asset.amount(arrive)
	if s.ledger = append(s.ledger, t); len(s.ledger) > maxTransfers {
		s.ledger = s.ledger[1:]
	}
}

// Deposit lets somebody outside of the sandbox pay into an incoming payment.
func (s *Server) Deposit(incomingPayment string, value uint64) error {
	s.lock()
	defer s.mu.Unlock()
	to, err := s.mustReceiver(incomingPayment)
	if err != nil {
		return err
	}
	if !to.canHold(value) {
		return fmt.Errorf("sandbox: %d is more than %s can hold", value, incomingPayment)
	}
	s.record(s.now(), Transfer{}, to, value)
	return nil
}

// Complete completes an incoming payment early.
func (s *Server) Complete(incomingPayment string) error {
	s.lock()
	defer s.mu.Unlock()
	to, err := s.mustReceiver(incomingPayment)
	if err == nil {
		to.Completed = true
	}
	return err
}

func (s *Server) mustReceiver(incomingPayment string) (*incomingPayment, error) {
	to := s.receiver(incomingPayment, s.now())
	if to == nil {
		return nil, fmt.Errorf("sandbox: %s is no incoming payment of this server that can be paid", incomingPayment)
	}
	return to, nil
}
