package grant

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/opgrants/opgrants/internal/save"
	"github.com/opgrants/opgrants/internal/telemetry"
	"github.com/opgrants/opgrants/pkg/opclient"
)

// endless is a server that must not be asked.
type endless struct{ asked int }

func (e *endless) WalletAddress(context.Context, string) (*opclient.WalletAddress, error) {
	e.asked++
	return nil, nil
}

func (e *endless) RequestGrant(context.Context, string, opclient.GrantRequest) (*opclient.Grant, error) {
	e.asked++
	return nil, nil
}

func (e *endless) Continue(context.Context, opclient.Continue, string) (*opclient.Grant, error) {
	e.asked++
	return nil, nil
}

func (e *endless) Poll(context.Context, opclient.Continue) (*opclient.Grant, error) {
	e.asked++
	return nil, nil
}
func (e *endless) Cancel(context.Context, opclient.Continue) error { e.asked++; return nil }
func (e *endless) Rotate(context.Context, *opclient.Token) (*opclient.Token, error) {
	e.asked++
	return nil, nil
}

func TestWithoutADeadlineNothingIsWrittenReadOrCalled(t *testing.T) {
	server, store := &endless{}, newShelf(saved)
	s := &Service{Store: store, Server: server}
	now := time.Now()
	ctx := t.Context()
	calls := map[string]func() error{
		"create":        func() error { return s.store().Create(ctx, &Item{}) },
		"update":        func() error { return s.store().Update(ctx, &Item{}) },
		"get":           func() error { _, err := s.store().Get(ctx, "x"); return err },
		"walletAddress": func() error { _, err := s.server().WalletAddress(ctx, alicesAddress); return err },
		"requestGrant": func() error {
			_, err := s.server().RequestGrant(ctx, alicesAddress, opclient.GrantRequest{})
			return err
		},
		"continue":             func() error { _, err := s.server().Continue(ctx, opclient.Continue{}, "ref"); return err },
		"poll":                 func() error { _, err := s.server().Poll(ctx, opclient.Continue{}); return err },
		"cancel":               func() error { return s.server().Cancel(ctx, opclient.Continue{}) },
		"rotate":               func() error { _, err := s.server().Rotate(ctx, &opclient.Token{}); return err },
		"a transition":         func() error { return s.change(ctx, sample(stateGranted, nil, now), claim(now)).Err },
		"a cancel of the core": func() error { return s.cancel(ctx, opclient.Continue{}) },
	}
	for name, call := range calls {
		if err := call(); !errors.Is(err, save.ErrNoDeadline) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if server.asked != 0 || store.Stored != nil {
		t.Errorf("%d calls", server.asked)
	}
}

const alicesAddress = "https://wallet.example/alice"

func TestACallWhoseTimeIsOverIsNotMade(t *testing.T) {
	server := &endless{}
	s := &Service{Server: server}
	ctx, cancel := Begin(t.Context())
	cancel()
	if _, err := s.server().Continue(ctx, opclient.Continue{}, "ref"); !IsNotSent(err) || server.asked != 0 {
		t.Errorf("%v, %d calls", err, server.asked)
	}
}

func TestWorkUnderALeaseEndsWithIt(t *testing.T) {
	s := &Service{Lease: 2 * time.Second}
	ctx, cancel := Begin(t.Context())
	defer cancel()
	held, done := s.hold(ctx)
	defer done()
	calling, stop := s.callContext(held, endReserve)
	defer stop()
	work, _ := held.Deadline()
	call, _ := calling.Deadline()
	if left := time.Until(work); left > 2*time.Second {
		t.Errorf("the work may go on for %s", left)
	}
	if reserve := work.Sub(call); reserve != time.Second {
		t.Errorf("%s are kept of the call's time", reserve)
	}
}

func TestALogLineHasTheGrantsIDOnce(t *testing.T) {
	var log bytes.Buffer
	s := &Service{Log: telemetry.NewLogger(&log, slog.LevelDebug), Server: &endless{}, Store: newShelf(saved)}
	ctx, cancel := Begin(telemetry.With(t.Context(), slog.String(telemetry.KeyGrantID, "id-ending")))
	defer cancel()
	now := time.Now()
	it := sample(stateEnding, nil, now)
	s.reportEnd(ctx, it, errors.New("down"))
	it.Failure = newFailure(FailureRefused)
	s.reportEnd(ctx, it, nil)
	_ = s.giveBack(ctx, it.ID, it.continuation(), "why")
	s.reportKeep(ctx, it.ID, KeepResult{Kind: KeepFailedHere, Cause: errors.New("down")})
	s.change(ctx, sample(stateEnded, nil, now), claim(now))
	lines := strings.Split(strings.TrimSpace(log.String()), "\n")
	for _, line := range lines {
		if n := strings.Count(line, `"grant_id"`); n != 1 || !json.Valid([]byte(line)) {
			t.Errorf("%d times in %s", n, line)
		}
	}
	if len(lines) != 5 {
		t.Errorf("%d lines", len(lines))
	}
}
