package payment

import (
	"context"

	"github.com/opgrants/opgrants/internal/grant"
)

// List returns the payments of a grant, newest first. cursor is a page's Next; "": the
// first page. It asks no wallet, and needs no grant: payments are kept for longer.
func (s *Service) List(ctx context.Context, owner, grantID, cursor string) (*Page, error) {
	ctx, cancel := grant.Begin(ctx)
	defer cancel()
	entries, next, err := grant.ReadList(ctx, s.Lists, grant.ListKey(owner, grantID), cursor)
	if err != nil {
		return nil, err
	}
	page := &Page{Payments: []*Resource{}, Next: next}
	for _, entry := range entries {
		it, err := s.read(ctx, entry.ID)
		if err != nil {
			return nil, err
		}
		if it != nil && it.Owner == owner && it.Grant == grantID && it.state() != stateWithdrawn { // an index may be behind
			page.Payments = append(page.Payments, it.resource(nil))
		}
	}
	if len(entries) == 0 && cursor == "" { // no such grant is 404
		if _, err := s.Grants.Owned(ctx, owner, grantID); err != nil {
			return nil, err
		}
	}
	return page, nil
}
