package grant

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"

	"github.com/opgrants/opgrants/internal/save"
)

// PageSize is how many resources a page of a list has at most.
const PageSize = 20

// A ListPage is a part of a list of grants, newest first.
type ListPage struct {
	Grants []*Resource `json:"grants"`
	Next   string      `json:"next,omitempty"` // cursor of the next page; "": there is none
}

// A ListEntry is an entry of a list's index.
type ListEntry struct {
	ID      string
	Created Instant
}

// A Lister finds the items of a list, without reading the others.
type Lister interface {
	// List returns the entries of the list with this key, newest first, limit at
	// most, that come after the entry after. The zero ListEntry is before the
	// first. It may miss the last second's writes.
	List(ctx context.Context, list string, after ListEntry, limit int) ([]ListEntry, error)
}

// ListKey is the key of a list that belongs to an owner: the items of one kind that
// have to do with about. It has a length limit whatever about is.
func ListKey(owner, about string) string {
	h := sha256.New()
	for _, part := range []string{owner, about} {
		sum := sha256.Sum256([]byte(part))
		h.Write(sum[:])
	}
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil)[:16])
}

// List returns the owner's grants with this reference, newest first. cursor is a
// page's Next; "": the first page. It touches none of them.
func (s *Service) List(ctx context.Context, owner, reference, cursor string) (*ListPage, error) {
	ctx, cancel := Begin(ctx)
	defer cancel()
	if reference == "" {
		return nil, Invalid("reference", "Give the reference of the grants.")
	}
	page := &ListPage{Grants: []*Resource{}}
	entries, next, err := ReadList(ctx, s.Lists, ListKey(owner, reference), cursor)
	if err != nil {
		return nil, err
	}
	page.Next = next
	for _, entry := range entries {
		it, err := s.store().Get(ctx, entry.ID)
		switch {
		case errors.Is(err, ErrNotFound):
			continue // an index may be behind
		case err != nil:
			return nil, StoreError(err)
		case it.Owner == owner && it.Reference == reference && it.Status != Requesting:
			page.Grants = append(page.Grants, it.resource(s.now()))
		}
	}
	return page, nil
}

// ReadList reads a page of a list's index, and the cursor of the next page. Its
// errors are [*Error]s.
func ReadList(ctx context.Context, lists Lister, key, cursor string) (entries []ListEntry, next string, err error) {
	after, err := readCursor(cursor)
	if err != nil {
		return nil, "", err
	}
	if _, ok := ctx.Deadline(); !ok {
		return nil, "", save.ErrNoDeadline
	}
	entries, err = lists.List(ctx, key, after, PageSize+1)
	if err != nil {
		return nil, "", StoreError(err)
	}
	if len(entries) > PageSize {
		entries = entries[:PageSize]
		next = entries[PageSize-1].cursor()
	}
	return entries, next, nil
}

// cursor is opaque to the app: the time, and the id.
func (e ListEntry) cursor() string {
	b := binary.BigEndian.AppendUint64(nil, uint64(e.Created)) //nolint:gosec // the same bits
	return base64.RawURLEncoding.EncodeToString(append(b, e.ID...))
}

const longestCursor = 200

func readCursor(cursor string) (ListEntry, error) {
	if cursor == "" {
		return ListEntry{}, nil
	}
	b, err := base64.RawURLEncoding.DecodeString(cursor)
	if len(cursor) > longestCursor || err != nil || len(b) <= 8 {
		return ListEntry{}, Invalid("cursor", "It must be the next of a page of this list.")
	}
	return ListEntry{ID: string(b[8:]), Created: Instant(binary.BigEndian.Uint64(b))}, nil //nolint:gosec // the same bits
}
