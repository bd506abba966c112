package storetest

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"flag"
	"sync/atomic"
	"testing"
	"time"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/pkg/opclient"
	"github.com/opgrants/opgrants/test/keepingtest"
)

// Full is set by make faults: tests of stores then use as many items as they are made
// for.
var Full = flag.Bool("full", false, "use as many items as the tests of stores are made for")

const month = 20 * 24 * time.Hour // in which each recurring grant is kept once

// Many keeps 100,000 recurring grants for a day (without [Full] 4,000), and checks what
// that costs: for each grant that is due one read and three writes, and eight small
// queries a run. Seed writes many items at once.
func Many(t *testing.T, store Store, seed func(t *testing.T, items []*grant.Item)) {
	many := 4_000
	if *Full {
		many = 100_000
	}
	begin := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	items := make([]*grant.Item, many)
	for i := range items {
		items[i] = recurring(i, begin.Add(month/time.Duration(many)*time.Duration(i)))
	}
	seed(t, items)

	counted, now := &counting{Store: store}, begin
	server := &rotating{now: func() time.Time { return now }}
	keeper := &keepingtest.Schedule{Calendar: counted, Grants: &grant.Service{Store: counted, Server: server, Now: server.now}, Now: server.now, Workers: 8}
	for range 24 {
		now = now.Add(time.Hour)
		result, err := keeper.Run(Deadline(t))
		if err != nil || result.Failed+result.Lost != 0 || result.Plan.Left {
			t.Fatalf("%+v, %v", result, err)
		}
	}
	due := int64(time.Duration(many) * 24 * time.Hour / month)
	rotations, reads, writes, queries, listed := server.rotations.Load(), counted.reads.Load(), counted.writes.Load(), counted.queries.Load(), counted.listed.Load()
	if rotations < due || rotations > due+1 || reads != rotations || writes != 3*rotations || queries != 24*8 || listed != rotations {
		t.Errorf("%d rotations (%d were due), %d reads, %d writes, %d queries that listed %d", rotations, due, reads, writes, queries, listed)
	}
	t.Logf("%d recurring grants, a day: %d reads, %d writes, %d queries", many, reads, writes, queries)
}

func recurring(i int, due time.Time) *grant.Item {
	id := make([]byte, 16)
	binary.BigEndian.PutUint64(id, uint64(i))
	return &grant.Item{
		ID: base64.RawURLEncoding.EncodeToString(id), Version: 1, Owner: "shop", Status: grant.Granted, Claimed: true, Recurs: true,
		Access: []opclient.Access{{Type: opclient.TypeOutgoingPayment, Limits: &opclient.Limits{Interval: "R/2026-01-01T00:00:00Z/P1M"}}},
		Token:  "old", ManageURI: "https://auth.example/token/1", TokenExpires: grant.At(due.Add(-month)),
		Shard: grant.Shards[i%len(grant.Shards)], Due: grant.At(due),
	}
}

// counting counts what a store is asked.
type counting struct {
	Store
	reads, writes, queries, listed atomic.Int64
}

func (c *counting) Get(ctx context.Context, id string) (*grant.Item, error) {
	c.reads.Add(1)
	return c.Store.Get(ctx, id)
}

func (c *counting) Update(ctx context.Context, it *grant.Item) error {
	c.writes.Add(1)
	return c.Store.Update(ctx, it)
}

func (c *counting) Postpone(ctx context.Context, id string, from, to grant.Instant) (*grant.Item, bool, error) {
	c.writes.Add(1)
	return c.Store.Postpone(ctx, id, from, to)
}

func (c *counting) Due(ctx context.Context, shard string, now grant.Instant, limit int) ([]grant.DueItem, error) {
	c.queries.Add(1)
	due, err := c.Store.Due(ctx, shard, now, limit)
	c.listed.Add(int64(len(due)))
	return due, err
}

// rotating is a wallet that rotates, and is asked for nothing else.
type rotating struct {
	grant.AuthorizationServer
	now       func() time.Time
	rotations atomic.Int64
}

func (r *rotating) Rotate(_ context.Context, t *opclient.Token) (*opclient.Token, error) {
	r.rotations.Add(1)
	if t.Value != "old" {
		return nil, errors.New("rotated twice")
	}
	return &opclient.Token{Value: "new", Manage: t.Manage, ExpiresAt: r.now().Add(10 * time.Minute)}, nil
}
