package keeping

import (
	"context"
	"log/slog"
	"sync"

	"github.com/opgrants/opgrants/internal/grant"
)

// A Report counts what became of the grants whose turn it was.
type Report struct {
	Kept    int // tokens rotated
	Settled int // grants that were ending, cancelled at their wallets
	Lost    int // grants that their wallets have ended
	Failed  int // to be tried again, or given up
}

// A Tally counts while several workers work. The zero value is ready.
type Tally struct {
	mu     sync.Mutex
	report Report
}

func (t *Tally) add(r grant.KeepResult) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case r.Kind == grant.KeepRotated:
		t.report.Kept++
	case r.Kind == grant.KeepEnded && r.Lost:
		t.report.Lost++
	case r.Kind == grant.KeepEnded:
		t.report.Settled++
	case r.Cause != nil:
		t.report.Failed++
	}
}

// Take returns what was counted since it was called last.
func (t *Tally) Take() Report {
	t.mu.Lock()
	defer t.mu.Unlock()
	r := t.report
	t.report = Report{}
	return r
}

// Log logs what was counted since it was called last, if anything was, and returns it.
func (t *Tally) Log(ctx context.Context, log *slog.Logger) Report {
	r := t.Take()
	if r != (Report{}) {
		log.InfoContext(ctx, "grants kept", slog.Int("kept", r.Kept), slog.Int("settled", r.Settled),
			slog.Int("lost", r.Lost), slog.Int("failed", r.Failed))
	}
	return r
}
