package bolt

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/store"
)

// A record is a stored item of any kind, as JSON, with what this package itself
// needs of it.
type record struct {
	value   []byte
	members []member // of one that was read
	version int64
	expiry  int64 // Unix seconds; 0: never
	shard   string
	due     grant.Instant
	list    string // "": none
	created grant.Instant
}

// readRecord copies what it keeps: what bbolt gives ends with the transaction.
func readRecord(value []byte) (*record, error) {
	r := &record{value: bytes.Clone(value)}
	var err error
	if r.members, err = readMembers(r.value); err != nil {
		return nil, undecodable(err)
	}
	for _, m := range r.members {
		if field := r.field(m.name); field != nil {
			if err := json.Unmarshal(m.value, field); err != nil {
				return nil, undecodable(err)
			}
		}
	}
	return r, nil
}

// field is where a member of this name is read to, nil if nowhere.
func (r *record) field(name []byte) any {
	switch string(name) {
	case store.Version:
		return &r.version
	case store.TTL:
		return &r.expiry
	case store.Shard:
		return &r.shard
	case store.Due:
		return &r.due
	case store.List:
		return &r.list
	case store.Created:
		return &r.created
	}
	return nil
}

func undecodable(err error) error {
	return fmt.Errorf("this item of the data file is damaged, the others are not affected: %w", err)
}

// decode reads an item.
func (s *Items[T]) decode(value []byte) (*T, error) {
	var item T
	if err := json.Unmarshal(value, &item); err != nil {
		return nil, undecodable(err)
	}
	s.kind.Unpack(&item)
	return &item, nil
}

// encode is the item as it is stored under this key, in that version.
func (s *Items[T]) encode(item *T, key string, version int64) (*record, error) {
	packed := s.kind.Pack(item, key, version)
	value, err := json.Marshal(packed)
	if err != nil {
		return nil, err
	}
	if s.kind.Prefix != "" {
		if value, err = appendMember(value, member{[]byte(store.KindName), []byte(`"` + s.kind.Name + `"`)}); err != nil {
			return nil, err
		}
	}
	f := s.kind.Fields(packed)
	r := &record{value: value, version: version, expiry: *f.TTL, shard: *f.Shard, due: *f.Due}
	if f.List != nil {
		r.list, r.created = *f.List, *f.Created
	}
	return r, nil
}

// withUnknown is r with the members of old that this program does not know:
// another version of it has written them.
func (r *record) withUnknown(old *record, known map[string]bool) (*record, error) {
	merged := *r
	for _, m := range old.members {
		if known[string(m.name)] {
			continue
		}
		var err error
		if merged.value, err = appendMember(merged.value, m); err != nil {
			return nil, err
		}
	}
	return &merged, nil
}

// at is r, which was read, with another due time in its next version.
func (r *record) at(due grant.Instant) (*record, error) {
	next := *r
	next.due, next.version, next.value = due, r.version+1, []byte("{}")
	for _, m := range r.members {
		switch string(m.name) {
		case store.Due:
			m.value = strconv.AppendInt(nil, int64(next.due), 10)
		case store.Version:
			m.value = strconv.AppendInt(nil, next.version, 10)
		}
		var err error
		if next.value, err = appendMember(next.value, m); err != nil {
			return nil, err
		}
	}
	return &next, nil
}
