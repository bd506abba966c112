package sandbox_test

import (
	"bytes"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/opgrants/opgrants/pkg/sandbox"
)

// abuse makes the same requests at a new server, and returns what went wrong with them.
func abuse(t *testing.T, seed uint64) string {
	t.Helper()
	var log bytes.Buffer
	w := newWorld(t, sandbox.Config{Hostile: seed, Wait: -1, Work: -1,
		Log: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey {
				return slog.Attr{}
			}
			return a
		}}))})
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	for range 25 {
		if a, err := client.Get(w.alice); err == nil {
			_ = a.Body.Close()
		}
	}
	for range 15 {
		_, _ = w.try(request{method: "POST", url: w.AuthServer(), body: encode(t, m{"client": w.shop,
			"access_token": m{"access": []any{m{"type": "quote", "actions": []any{"create"}}}}})})
	}
	if err := w.Close(); err != nil {
		t.Error(err)
	}
	var faults []string
	for line := range strings.Lines(log.String()) {
		if strings.Contains(line, "msg=hostile") {
			faults = append(faults, strings.TrimSpace(line))
		}
	}
	return strings.Join(faults, "\n")
}

func TestTheSameSeedAndTheSameRequestsGiveTheSameFaults(t *testing.T) {
	t.Parallel()
	var got, again, different string
	t.Run("three servers", func(t *testing.T) {
		for name, to := range map[string]*string{"seed 7": &got, "seed 7 again": &again, "seed 8": &different} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				*to = abuse(t, uint64(name[5]-'0'))
			})
		}
	})
	if got != again {
		t.Errorf("seed 7 gave\n%s\nand then\n%s", got, again)
	}
	if got == different {
		t.Error("seed 8 gives the same faults")
	}
	for _, fault := range []string{"after the server acted", "status 429", "late by", "op=token", "lives"} {
		if !strings.Contains(got, fault) {
			t.Errorf("in 40 requests there is no %q:\n%s", fault, got)
		}
	}
}

func TestAHostileServerLetsTheSecondTryThrough(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sandbox.Config{Hostile: 3, Wait: -1, Work: -1})
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	lost := false
	for range 40 {
		a, err := client.Get(w.alice)
		failed := err != nil || a.StatusCode != 200
		if err == nil {
			_ = a.Body.Close()
		}
		if failed && lost {
			t.Fatal("two calls in a row went wrong")
		}
		lost = failed
	}
}

func TestAShortTokenDiesWhenItSays(t *testing.T) {
	w := newWorld(t, sandbox.Config{Hostile: 3, Wait: -1, Work: -1})
	for range 200 {
		a, err := w.try(request{method: "POST", url: w.AuthServer(), body: encode(t, m{"client": w.shop,
			"access_token": m{"access": []any{m{"type": "quote", "actions": []any{"create"}}}}})})
		if err != nil || a.status != 200 || a.AccessToken.ExpiresIn == 600 {
			continue
		}
		value, life := a.AccessToken.Value, a.AccessToken.ExpiresIn
		if life < 2 || life > 10 || !w.Active(value) {
			t.Errorf("it lives %d s, active: %t", life, w.Active(value))
		}
		w.clock.move(time.Duration(life)*time.Second + 1)
		if w.Active(value) {
			t.Error("it is alive after its end")
		}
		return
	}
	t.Error("no token is short")
}
