package grant_test

import (
	"context"
	"maps"
	"testing"
	"time"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/pkg/opclient"
)

func TestWhatHappensIsCountedOnce(t *testing.T) {
	for name, c := range map[string]struct {
		live func(l *life, t *testing.T)
		want map[string]int
	}{
		"used and ended by the app": {func(l *life, t *testing.T) {
			id, first := l.claimed(t)
			l.finish(t, id)
			_, _ = l.token(t, id, first.AccessToken)
			_, _ = l.delete(t, id)
			_, _ = l.delete(t, id)
		}, map[string]int{"GrantRequested": 1, "GrantFinished": 1, "GrantGranted": 1, "GrantClaimed": 1, "TokenRotated": 1, "GrantRevoked": 1}},
		"refused by the user, twice told": {func(l *life, t *testing.T) {
			id := l.asked(t).ID
			_, _ = l.Finish(t.Context(), id, "result=grant_rejected")
			_, _ = l.Finish(t.Context(), id, "result=grant_rejected")
			_, _ = l.Finish(t.Context(), id, "hash=x&interact_ref=y")
		}, map[string]int{"GrantRequested": 1, "GrantRejected": 1, "HashMismatch": 1}},
		"finished too early, and again": {func(l *life, t *testing.T) {
			id := l.asked(t).ID
			l.wallet.answer = func(string) error { return refused(400, opclient.CodeTooFast) }
			l.finish(t, id)
			l.wallet.answer = nil
			l.clock.add(2 * time.Second)
			l.finish(t, id)
		}, map[string]int{"GrantRequested": 1, "GrantFinished": 1, "GrantGranted": 1}},
		"an answer that is lost, and a server that is down": {func(l *life, t *testing.T) {
			id := l.asked(t).ID
			l.wallet.lost, l.wallet.cancelErr = true, errServerDown
			l.finish(t, id)
			l.wallet.cancelErr = nil
			l.status(t, id)
		}, map[string]int{"GrantRequested": 1, "GrantFinished": 1, "CancelOwed": 1, "GrantFailed outcome_unknown": 1}},
		"never claimed": {func(l *life, t *testing.T) {
			id, _ := l.granted(t)
			l.clock.add(time.Hour)
			l.status(t, id)
			l.status(t, id)
		}, map[string]int{"GrantRequested": 1, "GrantFinished": 1, "GrantGranted": 1, "GrantFailed never_claimed": 1}},
		"a request that makes no sense": {func(l *life, t *testing.T) {
			_, _ = l.Request(t.Context(), owner, grant.Request{})
		}, map[string]int{"GrantRefused invalid_request": 1}},
		"a repeated request": {func(l *life, t *testing.T) {
			for range 3 {
				_, _ = l.Request(t.Context(), owner, keyed("k"))
			}
		}, map[string]int{"GrantRequested": 1}},
		"revoked at the wallet": {func(l *life, t *testing.T) {
			l.monthly(t)
			l.wallet.live = nil
			l.clock.add(20 * day)
			l.keep(t)
		}, map[string]int{"GrantRequested": 1, "GrantFinished": 1, "GrantGranted": 1, "GrantClaimed": 1, "TokenLost revoked_at_wallet": 1}},
		"a server that is down when a token is due": {func(l *life, t *testing.T) {
			l.monthly(t)
			l.wallet.rotating = func(int) error { return errServerDown }
			l.clock.add(20 * day)
			l.keep(t)
		}, map[string]int{"GrantRequested": 1, "GrantFinished": 1, "GrantGranted": 1, "GrantClaimed": 1, "RotationFailed": 1, "KeepFailed": 1}},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLife(t)
			got := map[string]int{}
			l.Count = func(_ context.Context, m grant.Metric, code string, n int) {
				name := string(m)
				if code != "" {
					name += " " + code
				}
				got[name] += n
			}
			c.live(l, t)
			if !maps.Equal(got, c.want) {
				t.Errorf("counted %v, want %v", got, c.want)
			}
		})
	}
}
