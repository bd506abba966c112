package keeping

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/opgrants/opgrants/internal/grant"
)

// An Operator shows the grants that the schedule has given up, and has them tried
// again.
type Operator struct {
	Store  Grants
	Grants *grant.Service
}

// Grants is what an Operator needs of the store of grants.
type Grants interface {
	Get(ctx context.Context, id string) (*grant.Item, error)
	ListDue(ctx context.Context, shard string, after grant.DueItem, limit int) ([]grant.DueItem, error)
}

// A GivenUp is a grant that the schedule has given up.
type GivenUp struct {
	ID        string       `json:"id"`
	GivenUpAt time.Time    `json:"givenUpAt"`
	Owner     string       `json:"owner"`
	Host      string       `json:"walletHost"`
	Status    grant.Status `json:"status"`
	Due       string       `json:"due"`   // what could not be done: "rotation" or "cancel"
	Tries     int64        `json:"tries"` // that failed, in a row
}

// A Page is a part of the list of given-up grants, the earliest first.
type Page struct {
	Grants []GivenUp `json:"grants"`
	Next   string    `json:"next,omitempty"` // what to ask for the next part with; "": this is the last one
}

// ErrBadPage is the error of [Operator.List] for a place in the list that no
// [Page] has named.
var ErrBadPage = errors.New("this is not the next of a page")

// List returns at most limit of the given-up grants. Next is that of the part
// before, or "" for the first one. It reads each grant that it returns; one that
// has been settled a moment ago is left out.
func (o *Operator) List(ctx context.Context, next string, limit int) (*Page, error) {
	after, err := parseNext(next)
	if err != nil {
		return nil, err
	}
	entries, err := o.Store.ListDue(ctx, grant.ShardGivenUp, after, limit+1)
	if err != nil {
		return nil, err
	}
	page := &Page{Grants: []GivenUp{}}
	if len(entries) > limit {
		entries = entries[:limit]
		page.Next = formatNext(entries[limit-1])
	}
	for _, entry := range entries {
		item, err := o.Store.Get(ctx, entry.ID)
		if errors.Is(err, grant.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if item.GivenUpAt() != 0 {
			page.Grants = append(page.Grants, describe(item))
		}
	}
	return page, nil
}

func describe(item *grant.Item) GivenUp {
	g := GivenUp{ID: item.ID, GivenUpAt: item.GivenUpAt().Time(), Owner: item.Owner, Host: item.Host(), Status: item.Status, Due: "rotation"}
	if item.Ending != "" {
		g.Due = "cancel"
	}
	if item.Failures != nil {
		g.Tries = item.Failures.Count
	}
	return g
}

// Retry makes a given-up grant due at once. It returns [grant.ErrNotGivenUp] if
// the schedule has not given the grant up, and [grant.ErrNotFound] if there is
// none.
func (o *Operator) Retry(ctx context.Context, id string) error { return o.Grants.Retry(ctx, id) }

// formatNext is an entry as a text: its time, a dot and its id.
func formatNext(e grant.DueItem) string { return fmt.Sprintf("%d.%s", e.Due, e.ID) }

func parseNext(next string) (grant.DueItem, error) {
	if next == "" {
		return grant.DueItem{}, nil
	}
	due, id, ok := strings.Cut(next, ".")
	at, err := strconv.ParseInt(due, 10, 64)
	if !ok || err != nil || id == "" {
		return grant.DueItem{}, ErrBadPage
	}
	return grant.DueItem{ID: id, Due: grant.Instant(at)}, nil
}
