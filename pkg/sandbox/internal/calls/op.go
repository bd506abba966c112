package calls

// An Op is an operation of the server.
type Op string

// The operations.
const (
	Any Op = "" // every HTTP request, except for the browser's pages and key sets

	Wallet     Op = "wallet"
	Keys       Op = "keys"
	Introspect Op = "introspect"
	Consent    Op = "consent"

	Grant    Op = "grant"
	Continue Op = "continue"
	Cancel   Op = "cancel"
	Rotate   Op = "rotate"
	Revoke   Op = "revoke"

	CreateIncomingPayment   Op = "create-incoming-payment"
	ListIncomingPayments    Op = "list-incoming-payments"
	ReadIncomingPayment     Op = "get-incoming-payment"
	CompleteIncomingPayment Op = "complete-incoming-payment"
	CreateQuote             Op = "create-quote"
	ReadQuote               Op = "get-quote"
	CreateOutgoingPayment   Op = "create-outgoing-payment"
	ListOutgoingPayments    Op = "list-outgoing-payments"
	ReadOutgoingPayment     Op = "get-outgoing-payment"
	ReadSpentAmounts        Op = "get-outgoing-payment-grant"
)

// includes reports whether a fault for op happens to a call of other.
func (op Op) includes(other Op) bool {
	if op == Any {
		return other != Consent && other != Keys && other != Introspect
	}
	return op == other
}
