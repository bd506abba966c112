package metrics

import (
	"strings"
	"unicode"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/payment"
)

// An event is something that is counted.
type event struct {
	name   string // of a grant.Metric or a payment.Metric
	help   string
	byCode bool // it has a label with its code
}

// events are all metrics that [grant.Service] and [payment.Service] count. A test
// compares them with the constants of those packages.
var events = []event{
	{string(grant.GrantRequested), "Grants for which the app got a consent link.", false},
	{string(grant.GrantFinished), "Users who came back with a valid hash.", false},
	{string(grant.GrantGranted), "Grants for which the wallet gave a token or a subject.", false},
	{string(grant.GrantClaimed), "Grants for which the app presented the code.", false},
	{string(grant.GrantRefused), "Requests that made no grant, by problem code.", true},
	{string(grant.GrantRejected), "Grants that the user refused.", false},
	{string(grant.GrantFailed), "Grants that ended without a request of the app, by failure code.", true},
	{string(grant.GrantRevoked), "Grants that the app ended; with the code unconfirmed, where the wallet has not confirmed it.", true},
	{string(grant.HashMismatch), "Finish links without a valid hash.", false},
	{string(grant.TokenRotated), "Tokens that were exchanged for new ones.", false},
	{string(grant.TokenLost), "Grants in use that a wallet has ended, by code.", true},
	{string(grant.RotationFailed), "Rotations that decided nothing and are tried again.", false},
	{string(grant.CancelOwed), "Cancels that a wallet did not accept and that are tried again.", false},
	{string(grant.KeepFailed), "Due grants that could not be kept or ended and are tried again.", false},
	{string(grant.KeepLeft), "Runs of the schedule that left due items to the next run.", false},
	{string(grant.GivenUp), "Grants that the schedule has given up.", false},
	{string(grant.TaskHandedOut), "Due grants and payments that the schedule has handed to its workers.", false},
	{string(grant.BreakerOpened), "Circuit breakers that opened because a wallet host does not answer.", false},

	{string(payment.PaymentSent), "Payments that a wallet says it has made.", false},
	{string(payment.PaymentUnknown), "Payments whose answer was lost; the service looks for them.", false},
	{string(payment.PaymentCompleted), "Payments that arrived.", false},
	{string(payment.PaymentPartial), "Payments of which a part arrived.", false},
	{string(payment.PaymentFailed), "Payments that failed, by failure code.", true},
	{string(payment.PaymentUndecided), "Payments whose outcome could not be found out within a day: look for them by hand.", false},
	{string(payment.PaymentProcessing), "Looks of the schedule at payments of which nobody knows for ten minutes whether they were made.", false},
	{string(payment.PaymentRefused), "Requests that made no payment, by problem code.", true},
	{string(payment.PaymentSeconds), "Time from the preparation of payments until their outcome was known, added up.", false},
}

// elsewhere are the metrics that are no event of `opgrants serve`: it has no queue of
// messages, and [State] has how late the schedule is.
var elsewhere = []string{string(grant.TaskInvalid), string(grant.OldestDue)}

const prefix = "opgrants_"

// spell returns the name of a metric as Prometheus has it: GrantFailed is
// opgrants_grant_failed.
func spell(name string) string {
	var b strings.Builder
	for i, c := range name {
		if unicode.IsUpper(c) && i > 0 {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(c))
	}
	return prefix + b.String()
}
