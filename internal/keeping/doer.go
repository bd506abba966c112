package keeping

import (
	"context"
	"strings"
	"time"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/payment"
	"github.com/opgrants/opgrants/internal/schedule"
)

// A Doer does what is due on a grant, or on a payment. It is a [schedule.Doer].
type Doer struct {
	Grants   *grant.Service
	Payments Follower // nil: the calendar has no payments
	Tally    *Tally   // nil: nobody counts
}

// A Follower finds out what became of a payment. [payment.Service] is one.
type Follower interface {
	Follow(ctx context.Context, id string) payment.Result
}

// Do rotates the token of the task's grant, settles the end that it owes, or asks
// what became of the task's payment. A task that was handed out before the grant's
// last due time does nothing.
func (d *Doer) Do(ctx context.Context, t schedule.Task) (schedule.Result, time.Duration) {
	if id, isPayment := strings.CutPrefix(t.ID, ofPayment); isPayment {
		r := d.Payments.Follow(ctx, id)
		return followed[r.Kind], r.RetryAfter
	}
	r := d.Grants.Keep(ctx, t.ID, grant.Instant(t.Due))
	if d.Tally != nil {
		d.Tally.add(r)
	}
	return kept[r.Kind], r.RetryAfter
}

var kept = map[grant.KeepKind]schedule.Result{
	grant.KeepNotDue:      schedule.Void,
	grant.KeepRotated:     schedule.Done,
	grant.KeepEnded:       schedule.Done,
	grant.KeepFailedHost:  schedule.HostFailed,
	grant.KeepFailedGrant: schedule.ItemFailed,
	grant.KeepFailedHere:  schedule.StoreFailed,
}

var followed = map[payment.ResultKind]schedule.Result{
	payment.FollowNotDue:     schedule.Void,
	payment.FollowDecided:    schedule.Done,
	payment.FollowUndecided:  schedule.Done,
	payment.FollowAgain:      schedule.Done,
	payment.FollowFailedHost: schedule.HostFailed,
	payment.FollowFailedHere: schedule.StoreFailed,
}
