package bolt

import (
	"encoding/json"
	"maps"

	"go.etcd.io/bbolt"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/store"
)

func decode(stored []byte) (*grant.Item, error) {
	if stored == nil {
		return nil, grant.ErrNotFound
	}
	var item grant.Item
	if err := json.Unmarshal(stored, &item); err != nil {
		return nil, err
	}
	return &item, nil
}

// put writes an item, and keeps the members of the old one that this program
// does not know.
func put(b *bbolt.Bucket, item *grant.Item, old []byte) error {
	value, err := json.Marshal(item)
	if err != nil {
		return err
	}
	if old != nil {
		if value, err = merge(value, old); err != nil {
			return err
		}
	}
	return b.Put([]byte(item.ID), value)
}

func merge(value, old []byte) ([]byte, error) {
	var members, known map[string]json.RawMessage
	if err := json.Unmarshal(old, &members); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(value, &known); err != nil {
		return nil, err
	}
	for _, name := range store.Attributes() {
		delete(members, name) // also what became empty
	}
	maps.Copy(members, known)
	return json.Marshal(members)
}
