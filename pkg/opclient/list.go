package opclient

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

const (
	// maxPage is the most that a page may hold (OpenAPI, parameters first and last).
	maxPage = 100
	// maxList limits the body of a list: some 10 KB for each of its items.
	maxList = 1 << 20
	// maxPages limits how many pages are read, as a server could make up new
	// cursors for ever: 100,000 items.
	maxPages = 1000
)

// A Page says which part of a list to read. The zero value is the first page, of
// a length that the server chooses.
type Page struct {
	Cursor string // a List's StartCursor or EndCursor; empty: from the start
	First  int    // how many items after the cursor, at most 100; 0: the server decides
	Last   int    // how many items before the cursor instead; it needs a Cursor
}

// A List is one page of a list, in the server's order.
type List[T any] struct {
	Items                        []T
	StartCursor, EndCursor       string // of the first and last item; empty if there is none
	HasPreviousPage, HasNextPage bool
	// Date is the Date header of the answer: the server's clock. Zero: none.
	Date time.Time
}

func (p Page) check() error {
	for _, n := range []struct {
		field string
		count int
	}{{"first", p.First}, {"last", p.Last}} {
		if n.count < 0 || n.count > maxPage {
			return &InvalidError{n.field, fmt.Sprintf("ask for 1 to %d items, or 0 to leave it to the server", maxPage)}
		}
	}
	// Neither is in the OpenAPI file; the reference implementation refuses both.
	if p.First > 0 && p.Last > 0 {
		return &InvalidError{"last", "ask for the first items or for the last, not for both"}
	}
	if p.Last > 0 && p.Cursor == "" {
		return &InvalidError{"last", "give the cursor that the items come before"}
	}
	return nil
}

func (p Page) query(wallet string) string {
	query := url.Values{"wallet-address": {wallet}}
	if p.Cursor != "" {
		query.Set("cursor", p.Cursor)
	}
	if p.First > 0 {
		query.Set("first", strconv.Itoa(p.First))
	}
	if p.Last > 0 {
		query.Set("last", strconv.Itoa(p.Last))
	}
	return query.Encode()
}

// A collection is a kind of resource that can be listed.
type collection[T any] struct {
	op, path string
	read     func(object) T
}

func (l collection[T]) page(ctx context.Context, c *Client, wallet *WalletAddress, token Secret, p Page) (*List[T], error) {
	if err := p.check(); err != nil {
		return nil, err
	}
	if err := checkURI("walletAddress", wallet.ID); err != nil {
		return nil, err
	}
	at, err := below("resourceServer", wallet.ResourceServer, l.path)
	if err != nil {
		return nil, err
	}
	x := reading(l.op, at+"?"+p.query(wallet.ID), token)
	x.max = maxList
	list, err := resource(ctx, c, x, l.list)
	if err != nil {
		return nil, err
	}
	if x.status != http.StatusOK { // 206 would be a part of the list
		return nil, x.invalid(x.status, errors.New("a list must come with the status 200"))
	}
	list.Date = date(x.header)
	return list, nil
}

// list reads a page. The OpenAPI file requires none of the members, but without
// them an answer of another kind would be taken for an empty list.
func (l collection[T]) list(o object) List[T] {
	page := o.object("pagination")
	list := List[T]{
		StartCursor:     page.optional("startCursor"),
		EndCursor:       page.optional("endCursor"),
		HasPreviousPage: page.bool("hasPreviousPage"),
		HasNextPage:     get[bool](page, "hasNextPage", "true or false"),
	}
	items := o.array("result")
	if len(items) > maxPage {
		o.fail("result has more than %d items", maxPage)
	}
	for i, item := range items {
		path := fmt.Sprintf("result[%d]", i)
		members, ok := item.(map[string]any)
		if !ok {
			o.fail("%s must be an object", path)
		}
		if *o.err != nil {
			break
		}
		list.Items = append(list.Items, l.read(object{path + ".", members, o.err}))
	}
	return list
}

// all goes through the items of all pages. An error ends it.
func (l collection[T]) all(ctx context.Context, c *Client, wallet *WalletAddress, token Secret) iter.Seq2[*T, error] {
	return func(yield func(*T, error) bool) {
		for list, err := range l.pages(ctx, c, wallet, token) {
			if err != nil {
				yield(nil, err)
				return
			}
			for i := range list.Items {
				if !yield(&list.Items[i], nil) {
					return
				}
			}
		}
	}
}

// pages goes through the pages from the first to the last. An error ends it.
func (l collection[T]) pages(ctx context.Context, c *Client, wallet *WalletAddress, token Secret) iter.Seq2[*List[T], error] {
	return func(yield func(*List[T], error) bool) {
		seen := map[string]bool{}
		for p := (Page{First: maxPage}); ; {
			list, err := l.page(ctx, c, wallet, token, p)
			if !yield(list, err) || err != nil || !list.HasNextPage {
				return
			}
			p.Cursor = list.EndCursor
			x := reading(l.op, wallet.ResourceServer, token)
			switch {
			case p.Cursor == "" || seen[p.Cursor]:
				yield(nil, x.invalid(0, errors.New("the list goes on, but its cursor does not")))
				return
			case len(seen) == maxPages:
				yield(nil, x.invalid(0, fmt.Errorf("the list has more than %d pages", maxPages)))
				return
			}
			seen[p.Cursor] = true
		}
	}
}
