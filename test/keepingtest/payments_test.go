package keepingtest_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/payment"
	"github.com/opgrants/opgrants/internal/schedule"
	kinds "github.com/opgrants/opgrants/internal/store"
	"github.com/opgrants/opgrants/internal/store/bolt"
	"github.com/opgrants/opgrants/pkg/opclient"
	"github.com/opgrants/opgrants/pkg/sandbox"
)

// payers are the wallets' servers, as a process that follows payments calls them.
type payers struct {
	payment.Wallet
	process *process
}

func through[T any](p *process, do func() (T, error)) (answer T, err error) {
	err = p.call(func() (err error) { answer, err = do(); return err })
	return answer, err
}

func (w payers) PublicIncomingPayment(ctx context.Context, id string) (*opclient.PublicIncomingPayment, error) {
	return through(w.process, func() (*opclient.PublicIncomingPayment, error) { return w.Wallet.PublicIncomingPayment(ctx, id) })
}

func (w payers) OutgoingPayment(ctx context.Context, id string, token opclient.Secret) (*opclient.OutgoingPayment, error) {
	return through(w.process, func() (*opclient.OutgoingPayment, error) { return w.Wallet.OutgoingPayment(ctx, id, token) })
}

func (w payers) CreateOutgoingPayment(ctx context.Context, from *opclient.WalletAddress, token opclient.Secret, r opclient.OutgoingPaymentRequest) (*opclient.OutgoingPayment, error) {
	return through(w.process, func() (*opclient.OutgoingPayment, error) { return w.Wallet.CreateOutgoingPayment(ctx, from, token, r) })
}

func (w payers) CompleteIncomingPayment(ctx context.Context, id string, token opclient.Secret) (*opclient.IncomingPayment, error) {
	return through(w.process, func() (*opclient.IncomingPayment, error) { return w.Wallet.CompleteIncomingPayment(ctx, id, token) })
}

// sought makes a payment whose answer is lost, so that the schedule has to look for it.
// Its receiver names no amount.
func (w *world) sought(grantID, key string) {
	w.t.Helper()
	w.wallet.Fail(sandbox.OpCreateOutgoingPayment, sandbox.Fault{Act: true, Drop: true})
	service := w.start(&process{}).Follower.(*payment.Service)
	made, _, err := service.Make(w.t.Context(), "shop", grantID, payment.Request{To: w.shop, DebitAmount: &grant.AmountRequest{Value: "100"}}, key, 0)
	if err != nil || made.Status != payment.Processing {
		w.t.Fatalf("%+v, %v", made, err)
	}
}

func (w *world) payments(grantID string) (all []*payment.Item) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), time.Minute)
	defer cancel()
	store := bolt.Of(w.file.File, kinds.Payments)
	entries, err := store.List(ctx, grant.ListKey("shop", grantID), grant.ListEntry{}, 100)
	for _, entry := range entries {
		var it *payment.Item
		if it, err = store.Get(ctx, entry.ID); err != nil {
			break
		}
		all = append(all, it)
	}
	if err != nil {
		w.t.Fatal(err)
	}
	return all
}

// mustBePaid checks that a grant's payment is decided and that the grant is free, and that
// n payments were made in all.
func (w *world) mustBePaid(grantID string, n int) {
	w.t.Helper()
	all := w.payments(grantID)
	for _, it := range all {
		if it.Status != payment.Completed || it.Due != 0 || it.Lease != nil {
			w.t.Errorf("a payment is %s, due %v, with lease %v", it.Status, it.Due.Time(), it.Lease)
		}
	}
	if made := len(w.wallet.AllOutgoingPayments()); len(all) != 1 || made != n || len(w.wallet.Ledger()) != n {
		w.t.Errorf("%d payments, %d were made, %d arrived; want %d", len(all), made, len(w.wallet.Ledger()), n)
	}
	if flight := w.item(grantID).Flight; flight != nil {
		w.t.Errorf("the grant is not free: %+v", flight)
	}
}

func TestACrashAtAnyCallLosesNoPayment(t *testing.T) {
	for name, after := range map[string]bool{"before the call": false, "after the call": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			crash, id := 1, ""
			for ; ; crash++ {
				id = w.monthly()
				w.sought(id, fmt.Sprint("key-", crash))
				w.later(time.Minute)
				p := &process{crash: crash, after: after}
				if _, err := w.run(p); !p.isDead() {
					if err != nil {
						t.Error(err)
					}
					break
				}
				w.recover(30 * time.Minute)
				// The last write frees the grant. If it was lost, the app's next look does that.
				service := w.start(&process{}).Follower.(*payment.Service)
				for _, it := range w.payments(id) {
					if _, err := service.Get(t.Context(), "shop", id, it.ID); err != nil {
						t.Error(err)
					}
				}
				if w.mustBePaid(id, crash); t.Failed() {
					t.Fatalf("after a crash at call %d", crash)
				}
			}
			if crash < 20 {
				t.Errorf("a run without a crash has %d calls", crash-1)
			}
			w.mustBePaid(id, crash)
		})
	}
}

func TestAPaymentWhoseTaskIsDeliveredTwiceAndLateIsDecidedOnce(t *testing.T) {
	w := newWorld(t)
	id := w.monthly()
	w.sought(id, "key-1")
	w.later(time.Minute)
	late, _, _ := w.planned()
	w.later(2 * time.Hour) // it was lost, and is handed out again
	tasks, worker, ctx := w.planned()
	tasks = slices.DeleteFunc(tasks, func(task schedule.Task) bool { return !strings.HasPrefix(task.ID, "payment#") })
	if len(late) != 1 || len(tasks) != 1 {
		t.Fatalf("%d and %d tasks", len(late), len(tasks))
	}
	results := make([]schedule.Result, 8)
	var all sync.WaitGroup
	for i := range results {
		all.Go(func() { results[i] = worker.Work(ctx, tasks[0]) })
	}
	all.Wait()
	if !slices.Contains(results, schedule.Done) || slices.ContainsFunc(results, func(r schedule.Result) bool { return r != schedule.Done && r != schedule.Void }) {
		t.Errorf("results %v", results)
	}
	w.mustBePaid(id, 1)
	calls := w.wallet.Stats().ResourceReads
	for _, task := range []schedule.Task{late[0], tasks[0]} {
		if r := worker.Work(ctx, task); r != schedule.Void {
			t.Errorf("a late task is %d", r)
		}
	}
	if n := w.wallet.Stats().ResourceReads; n != calls {
		t.Errorf("late tasks asked the wallet %d times", n-calls)
	}
	w.mustBePaid(id, 1)
}

// A wallet that does not answer for hours has its payments followed when it does, also
// when its circuit breaker is lost from the store each hour.
func TestAWalletThatIsDownForHoursHasItsPaymentsFollowed(t *testing.T) {
	for name, lost := range map[string]bool{"its breaker is kept": false, "its breaker is lost each hour": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			var kept []string
			for i := range 10 {
				kept = append(kept, w.monthly())
				w.sought(kept[i], fmt.Sprint("key-", i))
			}
			if err := w.wallet.Down(); err != nil {
				t.Fatal(err)
			}
			for range 6 {
				w.recover(time.Hour)
				if lost {
					w.loseBreakers()
				}
			}
			if err := w.wallet.Up(); err != nil {
				t.Fatal(err)
			}
			w.recover(12 * time.Hour)
			for _, id := range kept {
				for _, it := range w.payments(id) {
					if it.Status != payment.Completed || w.item(id).Flight != nil {
						t.Errorf("a payment is %s, flight %+v", it.Status, w.item(id).Flight)
					}
				}
			}
			if n := len(w.wallet.AllOutgoingPayments()); n != len(kept) {
				t.Errorf("%d payments were made", n)
			}
		})
	}
}
