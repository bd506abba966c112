package grant

import "context"

// A Metric is the name of something that is counted; the unit of each is Count.
// Alarms and dashboards use these names.
type Metric string

// The first four are a funnel: they show whether users get through.
const (
	GrantRequested Metric = "GrantRequested" // the app has the consent link of a new grant
	GrantFinished  Metric = "GrantFinished"  // a user came back with a good hash, and the wallet has seen the interact_ref
	GrantGranted   Metric = "GrantGranted"   // the wallet gave the token or subject
	GrantClaimed   Metric = "GrantClaimed"   // the app presented the code

	GrantRefused   Metric = "GrantRefused"   // a request made no grant; by code
	GrantRejected  Metric = "GrantRejected"  // the user refused, says the wallet or the browser
	GrantFailed    Metric = "GrantFailed"    // a grant ended without the app's wish; by code
	GrantRevoked   Metric = "GrantRevoked"   // the app ended it
	HashMismatch   Metric = "HashMismatch"   // a finish without a good hash
	TokenRotated   Metric = "TokenRotated"   // a new token for an old one
	TokenLost      Metric = "TokenLost"      // a wallet has ended a grant that was in use; by code
	RotationFailed Metric = "RotationFailed" // a wallet decided nothing; it is tried again
	CancelOwed     Metric = "CancelOwed"     // a wallet could not cancel; it is tried again
	KeepFailed     Metric = "KeepFailed"     // what was due could not be kept or settled; it is tried again
	KeepLeft       Metric = "KeepLeft"       // runs of the planner that left due grants to the next one
	GivenUp        Metric = "GivenUp"        // grants that the schedule has given up

	// Of the schedule on AWS.
	TaskHandedOut Metric = "TaskHandedOut" // a task for a due grant was put on the queue
	TaskInvalid   Metric = "TaskInvalid"   // a message on the queue is no task
	BreakerOpened Metric = "BreakerOpened" // a wallet host does not answer; its grants wait
	OldestDue     Metric = "OldestDue"     // how long the grant had been due that waited longest, in seconds
)

// count counts one event. code is its kind, where there are several.
func (s *Service) count(ctx context.Context, m Metric, code string) { s.countN(ctx, m, code, 1) }

func (s *Service) countN(ctx context.Context, m Metric, code string, n int) {
	if s.Count != nil && n > 0 {
		s.Count(ctx, m, code, n)
	}
}
