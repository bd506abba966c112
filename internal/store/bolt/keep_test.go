package bolt

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/keeping"
	"github.com/opgrants/opgrants/pkg/opclient"
	"github.com/opgrants/opgrants/test/keepingtest"
)

// BenchmarkKeep is the planner and 32 workers over grants that are all due, with a
// wallet that answers at once. One operation is one grant:
//
//	go test ./internal/store/bolt -run - -bench Keep -benchtime 100000x
func BenchmarkKeep(b *testing.B) {
	s, err := Open(filepath.Join(b.TempDir(), "grants.db"))
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	now := time.Now()
	items := make([]*grant.Item, b.N)
	for i := range items {
		items[i] = numbered(i)
		items[i].TokenMade = grant.At(now.Add(-21 * 24 * time.Hour))
		items[i].Shard, items[i].Due = grant.Shards[i%len(grant.Shards)], grant.At(now.Add(-time.Hour))
	}
	seed(b, s, items)
	ctx, cancel := context.WithTimeout(context.Background(), time.Hour)
	defer cancel()
	b.ResetTimer()
	keeper := &keepingtest.Schedule{Calendar: s, Breakers: keeping.NewBreakerStore(Of(s.File, keeping.Breakers)), Workers: 32,
		Grants: &grant.Service{Store: s, Server: wallet{}}}
	result, err := keeper.Run(ctx)
	if err != nil || result.Kept != b.N {
		b.Errorf("%+v, %v", result, err)
	}
}

// A wallet rotates at once, and is asked for nothing else.
type wallet struct{ grant.AuthorizationServer }

func (wallet) Rotate(_ context.Context, t *opclient.Token) (*opclient.Token, error) {
	return &opclient.Token{Value: "new", Manage: t.Manage, ExpiresAt: time.Now().Add(10 * time.Minute)}, nil
}
