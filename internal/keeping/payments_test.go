package keeping_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/keeping"
	"github.com/opgrants/opgrants/internal/payment"
	"github.com/opgrants/opgrants/internal/schedule"
	"github.com/opgrants/opgrants/internal/store"
	"github.com/opgrants/opgrants/internal/store/bolt"
)

// follower is a [keeping.Follower] that notes what it is asked about.
type follower struct {
	asked  []string
	result payment.Result
}

func (f *follower) Follow(_ context.Context, id string) payment.Result {
	f.asked = append(f.asked, id)
	return f.result
}

// A grant and a payment with the same id are due in the same shard. Each is handed
// out as what it is, once.
func TestGrantsAndPaymentsAreHandedOutAsWhatTheyAre(t *testing.T) {
	ctx, file := open(t)
	payments := bolt.Of(file.File, store.Payments)
	now := time.Now()
	if err := file.Create(ctx, &grant.Item{ID: "same", Shard: "3", Due: grant.At(now.Add(-time.Minute)), GrantEndpoint: "https://auth.grant.example/"}); err != nil {
		t.Fatal(err)
	}
	if err := payments.Create(ctx, &payment.Item{ID: "same", Shard: "3", Due: grant.At(now.Add(-time.Minute)), Receiver: "https://payee.example/incoming-payments/1"}); err != nil {
		t.Fatal(err)
	}
	calendar := &keeping.Calendar{Grants: file, Payments: payments}
	var tasks []schedule.Task
	for _, shard := range calendar.Shards() {
		due, err := calendar.Due(ctx, shard, now, 10)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range due {
			to := now.Add(time.Hour).Truncate(time.Millisecond)
			host, ok, err := calendar.Move(ctx, e, to)
			if err != nil || !ok || host == "" {
				t.Fatalf("%+v: host %q, %t, %v", e, host, ok, err)
			}
			if _, again, _ := calendar.Move(ctx, e, to.Add(time.Minute)); again {
				t.Errorf("%s was handed out twice", e.ID)
			}
			tasks = append(tasks, schedule.Task{ID: e.ID, Host: host, Due: to.UnixMilli()})
		}
	}
	if len(tasks) != 2 {
		t.Fatalf("%+v were handed out, want a grant and a payment", tasks)
	}
	f := &follower{result: payment.Result{Kind: payment.FollowDecided}}
	doer := &keeping.Doer{Payments: f, Grants: &grant.Service{Store: file}}
	for _, task := range tasks {
		if result, _ := doer.Do(ctx, task); task.ID != "same" && result != schedule.Done {
			t.Errorf("%s: %v", task.ID, result)
		}
	}
	if !slices.Equal(f.asked, []string{"same"}) {
		t.Errorf("followed %q", f.asked)
	}
}

func TestWhatBecameOfAPaymentTellsTheSchedule(t *testing.T) {
	for kind, want := range map[payment.ResultKind]schedule.Result{
		payment.FollowNotDue: schedule.Void, payment.FollowDecided: schedule.Done, payment.FollowUndecided: schedule.Done,
		payment.FollowAgain: schedule.Done, payment.FollowFailedHost: schedule.HostFailed, payment.FollowFailedHere: schedule.StoreFailed,
	} {
		f := &follower{result: payment.Result{Kind: kind, RetryAfter: 37 * time.Second}}
		got, wait := (&keeping.Doer{Payments: f}).Do(t.Context(), schedule.Task{ID: "payment#a"})
		if got != want || wait != 37*time.Second {
			t.Errorf("%v: %v after %v, want %v", kind, got, wait, want)
		}
	}
}
