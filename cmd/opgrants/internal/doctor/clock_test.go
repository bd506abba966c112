package doctor_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/doctor"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
	"github.com/opgrants/opgrants/internal/netguard"
)

func TestAClockThatIsOff(t *testing.T) {
	for name, c := range map[string]struct {
		off  time.Duration
		says string
	}{
		"just more than a minute behind": {63 * time.Second, "behind"},
		"more than a minute ahead":       {-63 * time.Second, "ahead of"},
		"an hour":                        {time.Hour, "behind"},
		"years":                          {-3 * 8760 * time.Hour, "ahead of"},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPatient(t)
			p.Wallets = withDate(func() string { return httpDate(c.off) })
			got := p.examine(t)
			got.mustFail(t, "clock", doctor.ClockOff, exit.Usage, c.says)
			if r := got.of("signed_request"); r.Status != doctor.Passed {
				t.Errorf("the clock stops the signed request: %+v", r)
			}
		})
	}
}

func TestAClockThatIsRight(t *testing.T) {
	for name, date := range map[string]func() string{
		"to the second":   func() string { return httpDate(0) },
		"half a minute":   func() string { return httpDate(30 * time.Second) },
		"a minute nearly": func() string { return httpDate(-57 * time.Second) },
	} {
		t.Run(name, func(t *testing.T) {
			p := newPatient(t)
			p.Wallets = withDate(date)
			p.examine(t).mustPass(t)
		})
	}
	for name, date := range map[string]string{"no Date": "", "a Date that is none": "yesterday"} {
		t.Run(name, func(t *testing.T) {
			p := newPatient(t)
			p.Wallets = withDate(func() string { return date })
			got := p.examine(t)
			got.mustPass(t)
			got.mustSkip(t, "what time it is", "clock")
		})
	}
	t.Run("from a cache", func(t *testing.T) {
		p := newPatient(t)
		base := netguard.NewTransport(netguard.Options{InsecureAllowLocal: true})
		p.Wallets = roundTripper(func(r *http.Request) (*http.Response, error) {
			answer, err := base.RoundTrip(r)
			if err == nil {
				answer.Header.Set("Date", httpDate(-time.Hour))
				answer.Header.Set("Age", "3600")
			}
			return answer, err
		})
		p.examine(t).mustPass(t)
	})
}
