package doctor_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/doctor"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
)

// An interrupt is no finding: the wallet is not blamed for it.
func TestAnInterruptIsNotAFinding(t *testing.T) {
	p := newPatient(t)
	ctx, cancel := context.WithCancel(t.Context())
	p.Wallets = roundTripper(func(r *http.Request) (*http.Response, error) {
		cancel()
		return nil, r.Context().Err()
	})
	p.Services = p.Wallets
	p.Report = func(r doctor.Result) {
		if r.Status == doctor.Failed {
			t.Errorf("reported is %+v", r)
		}
	}
	if results, err := doctor.Run(ctx, p.Options); exit.Of(err) != exit.Interrupted || len(results) != 2 {
		t.Errorf("got %v and %v", results, err)
	}
}
