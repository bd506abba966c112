package grant

import "context"

// A Metric is something that happens in the lives of grants, to be counted: the
// unit of each is Count. The names are those of alarms and dashboards.
type Metric string

// What is counted. The first four are a funnel: are users getting through?
const (
	GrantRequested Metric = "GrantRequested" // the wallet was asked, and the app has its consent link
	GrantFinished  Metric = "GrantFinished"  // a user came back with a good hash, and the wallet was told
	GrantGranted   Metric = "GrantGranted"   // the wallet gave what was asked for
	GrantClaimed   Metric = "GrantClaimed"   // the app presented the code

	GrantRefused   Metric = "GrantRefused"   // a request came to nothing; by code
	GrantRejected  Metric = "GrantRejected"  // the wallet says that the user said no
	GrantFailed    Metric = "GrantFailed"    // it ended without a token; by code
	GrantRevoked   Metric = "GrantRevoked"   // the app ended it
	HashMismatch   Metric = "HashMismatch"   // a finish without a good hash
	TokenRotated   Metric = "TokenRotated"   // a new token for an old one
	TokenLost      Metric = "TokenLost"      // a wallet has ended a grant that was in use; by code
	RotationFailed Metric = "RotationFailed" // a wallet decided nothing; it is tried again
	CancelOwed     Metric = "CancelOwed"     // a wallet could not cancel; it is tried again
	KeepFailed     Metric = "KeepFailed"     // what was due could not be kept or settled; it is tried again
	KeepLeft       Metric = "KeepLeft"       // so many that are due were not reached by a run; at least
)

// count tells that something happened; code says which kind, where there are
// several.
func (s *Service) count(ctx context.Context, m Metric, code string) { s.countN(ctx, m, code, 1) }

func (s *Service) countN(ctx context.Context, m Metric, code string, n int) {
	if s.Count != nil && n > 0 {
		s.Count(ctx, m, code, n)
	}
}
