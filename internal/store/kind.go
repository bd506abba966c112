// Package store holds what the stores of items have in common.
package store

import (
	"strings"

	"github.com/opgrants/opgrants/internal/grant"
)

// A Kind describes one kind of items to a store. All kinds share one table, or
// one file. Their Go type T must be a struct whose fields have json names, and has
// the fields of [Fields].
type Kind[T any] struct {
	Name   string // for errors
	Prefix string // of its keys and shards: "" for grants, else a word and "#"
	Fields func(*T) Fields

	NotFound error                 // there is no item with this id
	Exists   func(stored *T) error // an item with this id exists
	Conflict func(stored *T) error // the item has changed; nil: it is gone
}

// Fields point into an item, to the fields that each kind has.
type Fields struct {
	ID      *string // json id
	Version *int64  // json v
	TTL     *int64  // json ttl, omitempty: Unix seconds after which the store may delete it; 0: never

	// When it is due, in which part of the calendar. Without both it is never due.
	Shard *string        // json sh, omitempty
	Due   *grant.Instant // json du, omitempty

	// List is the list that the item is in, and Created its place there. An item
	// without List is in none. Of a kind that is never listed both are nil.
	List    *string        // json lk, omitempty
	Created *grant.Instant // json ct
}

// The names under which each kind stores what a store itself reads.
const (
	ID      = "id"
	Version = "v"
	TTL     = "ttl"
	Shard   = "sh"
	Due     = "du"
	List    = "lk"
	Created = "ct"

	// KindName is the name of the kind, for every kind but grants. A version of
	// the program that knows only grants has a number under this name: it cannot
	// decode an item of another kind, so it can neither show nor change it.
	KindName = "ga"
)

// separator ends the prefix of a key. An id never has it, so that no id of one
// kind is a key of another.
const separator = "#"

// Key is the key under which an item is stored, or NotFound for what cannot be
// an id.
func (k *Kind[T]) Key(id string) (string, error) {
	if id == "" || strings.Contains(id, separator) {
		return "", k.NotFound
	}
	return k.Prefix + id, nil
}

// TrimKey is the id of an item with this key.
func (k *Kind[T]) TrimKey(key string) string { return strings.TrimPrefix(key, k.Prefix) }

// ShardKey is the name under which a shard of this kind is stored. Kinds have
// shards of their own: a version of the program that does not know a kind never
// finds its items.
func (k *Kind[T]) ShardKey(shard string) string { return k.Prefix + shard }

// ListKey is the name under which a list of this kind is stored.
func (k *Kind[T]) ListKey(list string) string { return k.Prefix + list }

// Pack is a copy of item as it is stored: with its key, the keys of its shard and its
// list, and that version.
func (k *Kind[T]) Pack(item *T, key string, version int64) *T {
	packed := *item
	f := k.Fields(&packed)
	*f.ID, *f.Version = key, version
	if *f.Shard != "" {
		*f.Shard = k.ShardKey(*f.Shard)
	}
	if f.List != nil && *f.List != "" {
		*f.List = k.ListKey(*f.List)
	}
	return &packed
}

// Unpack turns a stored item into what its writer had, in place.
func (k *Kind[T]) Unpack(item *T) {
	f := k.Fields(item)
	*f.ID = k.TrimKey(*f.ID)
	*f.Shard = strings.TrimPrefix(*f.Shard, k.Prefix)
	if f.List != nil {
		*f.List = strings.TrimPrefix(*f.List, k.Prefix)
	}
}
