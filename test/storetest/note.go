package storetest

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/store"
)

// A Note is an item of another kind than a grant, as small as one can be.
type Note struct {
	ID      string        `json:"id"`
	Version int64         `json:"v"`
	TTL     int64         `json:"ttl,omitempty"`
	Text    string        `json:"x,omitempty"`
	Shard   string        `json:"sh,omitempty"`
	Due     grant.Instant `json:"du,omitempty"`
}

// A NoteStore is the store of notes.
type NoteStore interface {
	Create(ctx context.Context, note *Note) error
	Get(ctx context.Context, id string) (*Note, error)
	Update(ctx context.Context, note *Note) error
	Due(ctx context.Context, shard string, now grant.Instant, limit int) ([]grant.DueItem, error)
	Postpone(ctx context.Context, id string, from, to grant.Instant) (*Note, bool, error)
	ListDue(ctx context.Context, shard string, after grant.DueItem, limit int) ([]grant.DueItem, error)
}

// Notes is the kind of notes.
var Notes = &store.Kind[Note]{
	Name:   "note",
	Prefix: "note#",
	Fields: func(n *Note) store.Fields {
		return store.Fields{ID: &n.ID, Version: &n.Version, TTL: &n.TTL, Shard: &n.Shard, Due: &n.Due}
	},
	NotFound: errNoNote,
	Exists:   func(stored *Note) error { return &noteError{stored, "exists"} },
	Conflict: func(stored *Note) error { return &noteError{stored, "conflict"} },
}

var errNoNote = errors.New("no such note")

type noteError struct {
	stored *Note
	what   string
}

func (e *noteError) Error() string { return e.what }

func otherKind(t *testing.T, s Subject) {
	shard := newShard()
	it := due(t, s, shard, 5)
	note := Note{ID: it.ID, Text: "a note", Shard: shard, Due: 7}
	if _, err := s.Notes.Get(Deadline(t), it.ID); !errors.Is(err, errNoNote) {
		t.Errorf("got %v, want %v", err, errNoNote)
	}
	if err := s.Notes.Create(Deadline(t), &note); err != nil || note.ID != it.ID || note.Shard != shard {
		t.Fatalf("created %+v: %v", note, err)
	}
	s.SetAttribute(t, "note#"+it.ID, "fromTheFuture", "kept")
	old := note
	note.Text = "changed"
	if err := s.Notes.Update(Deadline(t), &note); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Notes.Get(Deadline(t), note.ID); err != nil || *got != note || note.Version != 2 {
		t.Errorf("got %+v, %v, want %+v", got, err, note)
	}
	if got := s.Attributes(t, "note#"+it.ID)["fromTheFuture"]; got != "kept" {
		t.Errorf("after an update it is %q", got)
	}
	var lost *noteError
	if err := s.Notes.Update(Deadline(t), &old); !errors.As(err, &lost) || lost.what != "conflict" || lost.stored == nil || *lost.stored != note {
		t.Errorf("an older version: got %v", err)
	}
	if err := s.Notes.Create(Deadline(t), &old); !errors.As(err, &lost) || lost.what != "exists" || lost.stored == nil || *lost.stored != note {
		t.Errorf("created twice: got %v", err)
	}
	mustListNotes(t, s, shard, grant.DueItem{ID: note.ID, Due: 7})
	moved, ok, err := s.Notes.Postpone(Deadline(t), note.ID, 7, 8)
	if note.Due, note.Version = 8, note.Version+1; err != nil || !ok || *moved != note {
		t.Errorf("postponed: %+v, %v, %v, want %+v", moved, ok, err, note)
	}
	mustListNotes(t, s, shard, grant.DueItem{ID: note.ID, Due: 8})

	// All that left the grant alone.
	mustEqual(t, get(t, s, it.ID), it)
	mustList(t, s, shard, noon, all, it)
}

func mustListNotes(t *testing.T, s Subject, shard string, want grant.DueItem) {
	t.Helper()
	mustBecome(t, s, func() (ids []string, ok bool) {
		got, err := s.Notes.Due(Deadline(t), shard, noon, all)
		for _, entry := range got {
			ids = append(ids, entry.ID)
		}
		return ids, err == nil && len(got) == 1 && got[0] == want
	}, []string{want.ID})
}

// otherKindUndecodable: neither this version of the program, asked for the key of
// a note as if it were the id of a grant, nor an older one that knows no kinds.
func otherKindUndecodable(t *testing.T, s Subject) {
	note := Note{ID: newItem().ID, Text: "a note"}
	if err := s.Notes.Create(Deadline(t), &note); err != nil {
		t.Fatal(err)
	}
	key := "note#" + note.ID
	it := newItem()
	it.ID, it.Version, it.Shard, it.Due = key, 1, "0", 5
	if _, err := s.Store.Get(Deadline(t), key); !errors.Is(err, grant.ErrNotFound) {
		t.Errorf("got %v, want %v", err, grant.ErrNotFound)
	}
	if err := s.Store.Update(Deadline(t), it); !errors.Is(err, grant.ErrConflict) {
		t.Errorf("got %v, want %v", err, grant.ErrConflict)
	}
	it.ID = "note#new"
	if err := s.Store.Create(Deadline(t), it); err == nil || !strings.Contains(err.Error(), "cannot be an id") {
		t.Errorf("got %v", err)
	}
	if got := s.Attributes(t, key)[store.KindName]; got != "note" {
		t.Errorf("the kind is stored as %q", got)
	}
	if err := json.Unmarshal([]byte(`{"`+store.KindName+`":"note"}`), new(grant.Item)); err == nil {
		t.Error("an older version decodes a note as a grant")
	}
}
