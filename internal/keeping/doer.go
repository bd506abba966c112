package keeping

import (
	"context"
	"time"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/schedule"
)

// A Doer does what is due on a grant. It is a [schedule.Doer].
type Doer struct {
	Grants *grant.Service
	Tally  *Tally // nil: nobody counts
}

// Do rotates the token of the task's grant, or settles the end that it owes. A
// task that was handed out before the grant's last due time does nothing.
func (d *Doer) Do(ctx context.Context, t schedule.Task) (schedule.Result, time.Duration) {
	r := d.Grants.Keep(ctx, t.ID, grant.Instant(t.Due))
	if d.Tally != nil {
		d.Tally.add(r)
	}
	return results[r.Kind], r.RetryAfter
}

var results = map[grant.KeepKind]schedule.Result{
	grant.KeepNotDue:      schedule.Void,
	grant.KeepRotated:     schedule.Done,
	grant.KeepEnded:       schedule.Done,
	grant.KeepFailedHost:  schedule.HostFailed,
	grant.KeepFailedGrant: schedule.ItemFailed,
	grant.KeepFailedHere:  schedule.StoreFailed,
}
