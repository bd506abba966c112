package grant

import "context"

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

// List returns the owner's grants with this reference, newest first. cursor is a
// page's Next; "": the first page. It touches none of them.
func (s *Service) List(ctx context.Context, owner, reference, cursor string) (*ListPage, error) {
	return nil, errNotBuilt
}
