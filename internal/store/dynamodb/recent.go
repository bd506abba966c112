package dynamodb

import (
	"sync"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/opgrants/opgrants/internal/store"
)

// maxRecent is enough for what one function works on at a time.
const maxRecent = 64

// Recent has the items, by key, that were read or written last, as they were
// stored. It makes updates short, and decides nothing. The zero value is ready.
type recent struct {
	mu    sync.Mutex
	items map[string]attributes
	keys  [maxRecent]string // that are in items, in a circle
	next  int
}

// keep remembers an item, whose attributes nobody changes: to encode and to decode
// an item copies its bytes.
func (r *recent) keep(key string, a attributes) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.items == nil {
		r.items = map[string]attributes{}
	}
	if _, ok := r.items[key]; !ok {
		delete(r.items, r.keys[r.next])
		r.keys[r.next] = key
		r.next = (r.next + 1) % maxRecent
	}
	r.items[key] = a
}

// find is the item in that version, nil if it is not known. It has the id of the
// write that made it.
func (r *recent) find(key string, version int64) attributes {
	r.mu.Lock()
	defer r.mu.Unlock()
	a := r.items[key]
	n, ok := a[store.Version].(*types.AttributeValueMemberN)
	_, hasWrite := a[writeAttribute].(*types.AttributeValueMemberB)
	if !ok || !hasWrite || n.Value != number(version).(*types.AttributeValueMemberN).Value {
		return nil
	}
	return a
}
