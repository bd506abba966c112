package bolt

import (
	"encoding/json"
	"fmt"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/store"
)

// A record is a stored item of any kind, as JSON, with what this package itself
// needs of it.
type record struct {
	value   []byte
	members map[string]json.RawMessage // of one that was read
	version int64
	expiry  int64 // Unix seconds; 0: never
	shard   string
	due     grant.Instant
	list    string // "": none
	created grant.Instant
}

// readRecord copies what it keeps: what bbolt gives ends with the transaction.
func readRecord(value []byte) (*record, error) {
	r := &record{}
	if err := json.Unmarshal(value, &r.members); err != nil {
		return nil, undecodable(err)
	}
	for name, field := range map[string]any{store.Version: &r.version, store.TTL: &r.expiry, store.Shard: &r.shard, store.Due: &r.due,
		store.List: &r.list, store.Created: &r.created} {
		if raw, ok := r.members[name]; ok {
			if err := json.Unmarshal(raw, field); err != nil {
				return nil, undecodable(err)
			}
		}
	}
	return r, nil
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
		if value, err = appendMember(value, store.KindName, []byte(`"`+s.kind.Name+`"`)); err != nil {
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
	for name, raw := range old.members {
		if known[name] {
			continue
		}
		var err error
		if merged.value, err = appendMember(merged.value, name, raw); err != nil {
			return nil, err
		}
	}
	return &merged, nil
}

// appendMember adds a member to a JSON object that is not empty and lacks it.
func appendMember(object []byte, name string, raw []byte) ([]byte, error) {
	quoted, err := json.Marshal(name)
	if err != nil {
		return nil, err
	}
	longer := append([]byte(nil), object[:len(object)-1]...)
	longer = append(append(longer, ','), quoted...)
	longer = append(append(longer, ':'), raw...)
	return append(longer, '}'), nil
}
