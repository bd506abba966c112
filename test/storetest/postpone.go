package storetest

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/opgrants/opgrants/internal/grant"
)

func mustPostpone(t *testing.T, s Subject, id string, from, to grant.Instant, want bool) {
	t.Helper()
	moved, got, err := s.Store.Postpone(Deadline(t), id, from, to)
	if err != nil || got != want || got != (moved != nil) {
		t.Errorf("postponed from %d to %d: %v, %v, %v, want %v", from, to, moved, got, err, want)
	}
	if moved != nil {
		mustEqual(t, moved, get(t, s, id))
	}
}

func dueWithTime(t *testing.T, s Subject) {
	shard := newShard()
	want := grant.DueItem{ID: due(t, s, shard, 42).ID, Due: 42}
	mustBecome(t, s, func() ([]string, bool) {
		got, err := s.Store.Due(Deadline(t), shard, noon, all)
		return list(t, s, shard, noon, all), err == nil && len(got) == 1 && got[0] == want
	}, []string{want.ID})
}

func postpone(t *testing.T, s Subject) {
	shard := newShard()
	it := due(t, s, shard, 5)
	mustPostpone(t, s, it.ID, 4, 9, false)
	mustPostpone(t, s, it.ID, 6, 9, false)
	mustPostpone(t, s, it.ID, 0, 9, false)
	mustEqual(t, get(t, s, it.ID), it)
	mustPostpone(t, s, it.ID, 5, 9, true)
	it.Due, it.Version = 9, it.Version+1
	mustEqual(t, get(t, s, it.ID), it)
	mustPostpone(t, s, it.ID, 5, 9, false)
	mustList(t, s, shard, 8, all)
	mustList(t, s, shard, 9, all, it)

	if _, ok, err := s.Store.Postpone(Deadline(t), it.ID, 9, 0); err == nil || ok {
		t.Errorf("postponed to no time: %v, %v", ok, err)
	}
	it.Shard, it.Due = "", 0
	if err := s.Store.Update(Deadline(t), it); err != nil {
		t.Fatal(err)
	}
	mustPostpone(t, s, it.ID, 9, 10, false)
	mustPostpone(t, s, it.ID, 0, 10, false)
	mustPostpone(t, s, newItem().ID, 9, 10, false)
	noShard := newItem()
	noShard.Due = 5
	mustPostpone(t, s, create(t, s, noShard).ID, 5, 9, false)
	mustEqual(t, get(t, s, it.ID), it)
	mustList(t, s, shard, noon, all)
}

func concurrentPostpones(t *testing.T, s Subject) {
	shard := newShard()
	it := due(t, s, shard, 5)
	var succeeded atomic.Int64
	var winner atomic.Int64
	start := make(chan struct{})
	var everybody sync.WaitGroup
	for i := range atOnce {
		everybody.Go(func() {
			<-start
			_, ok, err := s.Store.Postpone(Deadline(t), it.ID, 5, grant.Instant(100+i))
			if err != nil {
				t.Error(err)
			}
			if ok {
				succeeded.Add(1)
				winner.Store(int64(100 + i))
			}
		})
	}
	close(start)
	everybody.Wait()
	if succeeded.Load() != 1 {
		t.Fatalf("%d succeeded", succeeded.Load())
	}
	it.Due, it.Version = grant.Instant(winner.Load()), it.Version+1
	mustEqual(t, get(t, s, it.ID), it)
	mustList(t, s, shard, noon, all, it)
}

func postponeLosesUpdates(t *testing.T, s Subject) {
	it := due(t, s, newShard(), 5)
	before := *it
	mustPostpone(t, s, it.ID, 5, 9, true)
	before.Status = grant.Failed
	var conflict *grant.ConflictError
	if err := s.Store.Update(Deadline(t), &before); !errors.As(err, &conflict) || conflict.Stored == nil {
		t.Fatalf("got %v, want what is stored", err)
	}
	it.Due, it.Version = 9, it.Version+1
	mustEqual(t, conflict.Stored, it)
	it.Status = grant.Granted
	if err := s.Store.Update(Deadline(t), it); err != nil {
		t.Fatal(err)
	}
	mustEqual(t, get(t, s, it.ID), it)
	mustPostpone(t, s, it.ID, 9, 12, true)
}

func postponeKeeps(t *testing.T, s Subject) {
	it := create(t, s, fullItem())
	s.SetAttribute(t, it.ID, "fromTheFuture", "kept & <unchanged> é")
	mustPostpone(t, s, it.ID, it.Due, 9, true)
	it.Due, it.Version = 9, it.Version+1
	mustEqual(t, get(t, s, it.ID), it)
	if got := s.Attributes(t, it.ID)["fromTheFuture"]; got != "kept & <unchanged> é" {
		t.Errorf("postponed, it is %q", got)
	}
}
