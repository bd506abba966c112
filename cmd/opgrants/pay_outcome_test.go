package main

import (
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
	"github.com/opgrants/opgrants/pkg/sandbox"
)

func TestAPaymentOfUnknownOutcomeIsLookedFor(t *testing.T) {
	t.Parallel() // it waits between its tries
	t.Run("and found", func(t *testing.T) {
		t.Parallel()
		p := newPlace(t, sandbox.Config{})
		p.wallet.Fail(sandbox.OpCreateOutgoingPayment, sandbox.Fault{Act: true, Drop: true})
		got := p.pays(t, "--receive", "130")
		if got.code != exit.OK || !strings.Contains(got.err, "The payment was made, once.") || !strings.Contains(got.out, "\nOUTGOING_PAYMENT_URL = ") {
			t.Errorf("ended with %d:\n%s%s", got.code, got.out, got.err)
		}
		p.wantPaid(t, 130, 1)
		if n := p.wallet.Stats().OutgoingPayments; n != 1 {
			t.Errorf("it was sent %d times", n)
		}
	})
	t.Run("or not, and then made from the same quote", func(t *testing.T) {
		t.Parallel()
		p := newPlace(t, sandbox.Config{})
		p.wallet.Fail(sandbox.OpCreateOutgoingPayment, sandbox.Fault{Status: 503})
		got := p.pays(t, "--receive", "130")
		if got.code != exit.OK || !strings.Contains(got.err, "No payment was made from the quote so far.") {
			t.Errorf("ended with %d:\n%s%s", got.code, got.out, got.err)
		}
		p.wantPaid(t, 130, 1)
		if n := p.wallet.Stats(); n.Quotes != 1 || n.OutgoingPayments != 2 {
			t.Errorf("the wallet saw %+v", n)
		}
	})
	t.Run("and found in a list that is late", func(t *testing.T) {
		t.Parallel()
		p := newPlace(t, sandbox.Config{})
		empty := `{"pagination":{"hasNextPage":false,"hasPreviousPage":false},"result":[]}`
		p.wallet.Fail(sandbox.OpCreateOutgoingPayment, sandbox.Fault{Act: true, Drop: true})
		p.wallet.Fail(sandbox.OpListOutgoingPayments, sandbox.Fault{Status: 200, Body: empty, Times: 2})
		got := p.pays(t, "--receive", "130")
		if got.code != exit.OK || !strings.Contains(got.err, "The payment was made, once.") {
			t.Errorf("ended with %d:\n%s%s", got.code, got.out, got.err)
		}
		p.wantPaid(t, 130, 1)
	})
	t.Run("and found when the wallet refuses another try", func(t *testing.T) {
		t.Parallel()
		p := newPlace(t, sandbox.Config{})
		p.wallet.Fail(sandbox.OpCreateOutgoingPayment, sandbox.Fault{Act: true, Drop: true})
		p.wallet.Fail(sandbox.OpListOutgoingPayments, sandbox.Fault{Status: 500})
		got := p.pays(t, "--receive", "130")
		if got.code != exit.OK || !strings.Contains(got.err, "The payment was made, once.") {
			t.Errorf("ended with %d:\n%s%s", got.code, got.out, got.err)
		}
		p.wantPaid(t, 130, 1)
	})
}

// resumes runs what the command said to run, with what it had printed.
func resumes(t *testing.T, p *place, earlier ending) ending {
	t.Helper()
	command := regexp.MustCompile("`opgrants (pay [^`]+)`").FindStringSubmatch(earlier.err)
	if command == nil {
		t.Fatalf("does not say how to go on:\n%s", earlier.err)
	}
	vars := printed(earlier.out)
	return runs(t, map[string]string{"ACCESS_TOKEN": vars["ACCESS_TOKEN"]}, append(p.as("pay"), strings.Fields(command[1])[1:]...)...)
}

func TestAPaymentThatStaysUnknownIsNotMadeTwice(t *testing.T) {
	t.Parallel() // it waits between its tries
	t.Run("when it had not been made", func(t *testing.T) {
		t.Parallel()
		p := newPlace(t, sandbox.Config{})
		p.wallet.Fail(sandbox.OpCreateOutgoingPayment, sandbox.Fault{Status: 500, Times: 3})
		got := p.pays(t, "--receive", "130")
		wantEnding(t, got, exit.PaymentUnknown, "could pay twice")
		p.wantPaid(t, 0, 0)
		if got := resumes(t, p, got); got.code != exit.OK || !strings.Contains(got.err, "1.30 USD arrived.") {
			t.Errorf("ended with %d:\n%s%s", got.code, got.out, got.err)
		}
		p.wantPaid(t, 130, 1)
	})
	t.Run("when it had", func(t *testing.T) {
		t.Parallel()
		p := newPlace(t, sandbox.Config{})
		p.wallet.Fail(sandbox.OpCreateOutgoingPayment, sandbox.Fault{Act: true, Status: 500, Times: 3})
		p.wallet.Fail(sandbox.OpListOutgoingPayments, sandbox.Fault{Status: 500, Times: 3})
		got := p.pays(t, "--receive", "130")
		wantEnding(t, got, exit.PaymentUnknown)
		p.wantPaid(t, 130, 1)
		for range 2 {
			if got := resumes(t, p, got); got.code != exit.OK || !strings.Contains(got.err, "The payment was made, once.") {
				t.Errorf("ended with %d:\n%s%s", got.code, got.out, got.err)
			}
		}
		p.wantPaid(t, 130, 1)
	})
	t.Run("when its token is dead by then", func(t *testing.T) {
		t.Parallel()
		p := newPlace(t, sandbox.Config{})
		p.wallet.Fail(sandbox.OpCreateOutgoingPayment, sandbox.Fault{Status: 500, Times: 3})
		got := p.pays(t, "--receive", "130")
		if rotated := runs(t, printed(got.out), p.as("rotate")...); rotated.code != exit.OK {
			t.Fatal(rotated.err)
		}
		wantEnding(t, resumes(t, p, got), exit.PaymentUnknown, "not active")
	})
}

func TestAQuoteThatExpiredPaysNothing(t *testing.T) {
	t.Parallel() // it waits between its tries
	var ahead atomic.Int64
	p := newPlace(t, sandbox.Config{Now: func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }})
	r := start(t, nil, p.pay("--receive", "130")...)
	link := r.wants(t, interactLine)
	ahead.Store(int64(6 * time.Minute)) // the payer thinks it over
	browse(t, must(t)(p.wallet.Approve(link)))
	got := r.end(t)
	wantEnding(t, got, exit.WalletRefused, "it has expired")
	t.Run("also when it is resumed", func(t *testing.T) {
		got.err = "`opgrants pay --quote " + printed(got.out)["QUOTE_URL"] + " --wallet " + p.alice + "`"
		wantEnding(t, resumes(t, p, got), exit.WalletRefused, "it has expired")
	})
	p.wantPaid(t, 0, 0)
}

func TestAPaymentThatFailsOnItsWayIsAFailure(t *testing.T) {
	t.Parallel()
	p := newPlace(t, sandbox.Config{})
	wantEnding(t, p.pays(t, "--receive", "100001"), exit.PaymentFailed, "0.00 USD of 1000.01 USD was sent")
}
