package sandbox

import (
	"encoding/json"
	"time"

	"github.com/opgrants/opgrants/pkg/sandbox/internal/resourceserver"
)

// An Amount is a number of an asset's smallest units.
type Amount struct {
	Value      uint64 `json:"value,string"`
	AssetCode  string `json:"assetCode"`
	AssetScale uint8  `json:"assetScale"` // digits after the decimal point
}

// A Fee is taken from the payer, in the asset of the payer's wallet. Nobody receives
// it. The zero value is no fee.
type Fee struct {
	Fixed       uint64 // smallest units
	BasisPoints uint64 // of what is sent, rounded down; 100 are one percent
}

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

// An OutgoingPayment is a payment out of a wallet, as the wallet describes it. See
// [Server.Ledger] for what really moved.
type OutgoingPayment struct {
	ID            string          `json:"id"` // a URL
	WalletAddress string          `json:"walletAddress"`
	Client        string          `json:"-"` // who made it: a wallet address
	QuoteID       string          `json:"quoteId"`
	ReceiveAmount Amount          `json:"receiveAmount"`
	DebitAmount   Amount          `json:"debitAmount"` // with the fee
	SentAmount    Amount          `json:"sentAmount"`  // without the fee
	Receiver      string          `json:"receiver"`
	Failed        bool            `json:"failed"`
	Metadata      json.RawMessage `json:"metadata,omitempty"`
	CreatedAt     time.Time       `json:"createdAt"`
}

// Balance returns the money of a wallet of this server, in the asset's smallest
// units.
func (s *Server) Balance(walletAddress string) (uint64, error) {
	return s.resources.Balance(walletAddress)
}

// IncomingPayments returns those of a wallet of this server, oldest first.
func (s *Server) IncomingPayments(walletAddress string) ([]IncomingPayment, error) {
	list, err := s.resources.IncomingPayments(walletAddress)
	var all []IncomingPayment
	for _, p := range list {
		all = append(all, IncomingPayment{p.ID, p.WalletAddress, p.Client, (*Amount)(p.IncomingAmount), Amount(p.ReceivedAmount),
			p.Completed, p.Metadata, p.CreatedAt, p.ExpiresAt})
	}
	return all, err
}

// OutgoingPayments returns those of a wallet of this server, oldest first.
func (s *Server) OutgoingPayments(walletAddress string) ([]OutgoingPayment, error) {
	list, err := s.resources.OutgoingPayments(walletAddress)
	return convertPayments(list), err
}

func convertPayments(list []resourceserver.OutgoingPayment) (all []OutgoingPayment) {
	for _, p := range list {
		all = append(all, OutgoingPayment{p.ID, p.WalletAddress, p.Client, p.QuoteID, Amount(p.ReceiveAmount), Amount(p.DebitAmount),
			Amount(p.SentAmount), p.Receiver, p.Failed, p.Metadata, p.CreatedAt})
	}
	return all
}
