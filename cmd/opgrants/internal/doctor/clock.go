package doctor

import (
	"context"
	"net/http"
	"runtime"
	"strconv"
	"sync"
	"time"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
)

// maxOff is how much the clocks may differ. Codes, tokens and quotes live for minutes.
const maxOff = time.Minute

// dates are how much the clocks of servers are ahead of ours, by host.
type dates struct {
	mu    sync.Mutex
	ahead map[string]time.Duration
}

// watch returns a transport that notes the Date of each answer (RFC 9110 section
// 6.6.1). A cache adds Age (RFC 9111 section 5.1).
func (d *dates) watch(base http.RoundTripper, now func() time.Time) http.RoundTripper {
	return roundTripper(func(r *http.Request) (*http.Response, error) {
		answer, err := base.RoundTrip(r)
		if err != nil {
			return nil, err
		}
		date, wrong := http.ParseTime(answer.Header.Get("Date"))
		if wrong == nil {
			age, _ := strconv.Atoi(answer.Header.Get("Age")) // 0: not from a cache
			d.note(r.URL.Host, date.Add(time.Duration(age)*time.Second).Sub(now()))
		}
		return answer, nil
	})
}

type roundTripper func(*http.Request) (*http.Response, error)

// RoundTrip calls f.
func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func (d *dates) note(host string, ahead time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.ahead == nil {
		d.ahead = map[string]time.Duration{}
	}
	d.ahead[host] = ahead
}

// nearest returns the clock that differs least from ours. ok is false if no server
// sent a Date.
func (d *dates) nearest() (host string, ahead time.Duration, ok bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for h, a := range d.ahead {
		if !ok || a.Abs() < ahead.Abs() {
			host, ahead, ok = h, a, true
		}
	}
	return host, ahead, ok
}

// checkClock compares our clock with those of the servers that have answered. If one
// of them agrees, ours is right.
func (d *doctor) checkClock(context.Context) Result {
	host, ahead, ok := d.dates.nearest()
	if !ok {
		return skip("No server has said what time it is.")
	}
	direction := "behind"
	if ahead < 0 {
		direction = "ahead of"
	}
	if by := ahead.Abs().Round(time.Second); by > maxOff {
		return fail(exit.Usage, ClockOff, setClock(), "The clock of this machine is %s %s that of %s. Codes, tokens and quotes live for minutes only.", by, direction, host)
	}
	return pass("The clock of this machine agrees with that of %s.", host)
}

func setClock() string {
	switch runtime.GOOS {
	case "darwin":
		return "sudo sntp -sS time.apple.com"
	case "windows":
		return "w32tm /resync"
	}
	return "sudo timedatectl set-ntp true"
}
