package endtoend

import (
	"context"
	"testing"
	"time"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/pkg/sandbox"
	"github.com/opgrants/opgrants/test/keepingtest"
)

const day = 24 * time.Hour

// monthly is a claimed grant for an amount every month.
func (d *deployment) monthly(t *testing.T) (id string) {
	t.Helper()
	a := call(t, "shop", "POST", d.URL+"/grants", `{"walletAddress":"`+d.alice+`","returnUrl":"`+returnURL+`?order=7",
		"limits":{"debitAmount":{"value":"500"},"interval":"R/2026-01-01T00:00:00Z/P1M"}}`)
	code := returned(t, call(t, "", "GET", d.consent(t, a.text("consentUrl")), "").Location).Get("code")
	if got := d.token(t, a.text("id"), `{"code":"`+code+`"}`); got.Status != 200 {
		t.Fatalf("%d %s", got.Status, got.Raw)
	}
	return a.text("id")
}

// keep does what is due.
func (d *deployment) keep(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	s := &keepingtest.Schedule{Grants: d.service, Calendar: d.store.Store.(grant.Calendar), Now: d.service.Now}
	if _, err := s.Run(ctx); err != nil {
		t.Fatal(err)
	}
}

func TestAMonthlyGrantLivesAYearWithoutACaller(t *testing.T) {
	onEachStore(t, func(t *testing.T, p place) {
		d := deploy(t, newTown(t, sandbox.Config{}), open(t, p))
		id := d.monthly(t)
		for i := range 365 {
			down := i == 100 || i == 200 // and each time for a whole day
			if down {
				_ = d.Down()
			}
			d.keep(t)
			d.later(day)
			if down {
				if err := d.Up(); err != nil {
					t.Fatal(err)
				}
			}
		}
		got := d.token(t, id, "")
		if got.Status != 200 || !d.Active(got.text("accessToken")) {
			t.Fatalf("%d %s", got.Status, got.Raw)
		}
		if s := d.Stats(); s.Rotations < 17 || s.Rotations > 25 {
			t.Errorf("%d rotations in a year", s.Rotations)
		}
	})
}

func TestWithoutTheScheduleConsentIsLostAfterAMonth(t *testing.T) {
	d := deploy(t, newTown(t, sandbox.Config{}), open(t, stores["bolt"].fresh(t)))
	id := d.monthly(t)
	d.later(31 * day)
	if got := d.token(t, id, ""); got.Status != 410 {
		t.Errorf("%d %s", got.Status, got.Raw)
	}
}
