package payment_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/opgrants/opgrants/internal/payment"
	"github.com/opgrants/opgrants/pkg/sandbox"
)

// The schedule has looked for it in vain: from ten minutes on each look counts and is
// logged, until the day is over.
func TestAPaymentThatIsProcessingForTenMinutesIsCounted(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, l *life) {
		id := l.granted(t, limited("5000"))
		if err := l.sender.Behave(l.alice, sandbox.Behavior{Kind: sandbox.LockedGrant, Times: 1}); err != nil {
			t.Fatal(err)
		}
		p, _, err := l.Make(t.Context(), owner, id, l.pays("1000"), "key-1", 0)
		if err != nil {
			t.Fatal(err)
		}
		l.net.before = func(int, string) error { return errors.New("the wallets are down") }
		for _, step := range []struct {
			after         time.Duration
			count, lines  int
			status        payment.Status
			undecidedNow  int
			secondsAtMost int
		}{
			{9 * time.Minute, 0, 0, payment.Processing, 0, 0},
			{2 * time.Minute, 1, 1, payment.Processing, 0, 0},
			{time.Hour, 2, 2, payment.Processing, 0, 0},
			{24 * time.Hour, 2, 2, payment.Undecided, 1, 26 * 3600},
		} {
			time.Sleep(step.after)
			r := l.Follow(t.Context(), p.ID)
			lines := strings.Count(l.logged.String(), "it is still not known whether a payment was made")
			if r.Status != step.status || l.counts[payment.PaymentProcessing] != step.count || lines != step.lines {
				t.Errorf("%v later it is %s, counted %d times with %d lines, want %+v", step.after, r.Status, l.counts[payment.PaymentProcessing], lines, step)
			}
			if l.counts[payment.PaymentUndecided] != step.undecidedNow || l.counts[payment.PaymentSeconds] > step.secondsAtMost {
				t.Errorf("%v later: %v", step.after, l.counts)
			}
		}
		if !strings.Contains(l.logged.String(), `level=ERROR msg="payment undecided"`) {
			t.Errorf("logged is\n%s", l.logged)
		}
	})
}

// A payment takes less than a second here. Its time counts, as one.
func TestTheTimeUntilAPaymentIsDecidedIsCountedAndLogged(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, l *life) {
		wantStatus(t, l.mustMake(t, l.granted(t, limited("5000")), l.pays("1000"), "key-1"), payment.Completed)
		if l.counts[payment.PaymentCompleted] != 1 || l.counts[payment.PaymentSeconds] != 1 {
			t.Errorf("counted %v", l.counts)
		}
		if !strings.Contains(l.logged.String(), `msg="payment completed"`) || !strings.Contains(l.logged.String(), " seconds=1") {
			t.Errorf("logged is\n%s", l.logged)
		}
	})
}
