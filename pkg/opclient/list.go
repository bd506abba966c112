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

// A listPage is one page of a list, in the server's order.
type listPage[T any] struct {
	Items       []T
	EndCursor   string // of the last item; empty if there is none
	HasNextPage bool
	// Date is the Date header of the answer: the server's clock. Zero: none.
	Date time.Time
}

// A collection is a kind of resource that can be listed.
type collection[T any] struct {
	op, path string
	read     func(object) T
}

// page reads the page after a cursor, of as many items as it may hold. "": the first.
func (l collection[T]) page(ctx context.Context, c *Client, wallet *WalletAddress, token Secret, cursor string) (*listPage[T], error) {
	if err := checkURI("walletAddress", wallet.ID); err != nil {
		return nil, err
	}
	at, err := below("resourceServer", wallet.ResourceServer, l.path)
	if err != nil {
		return nil, err
	}
	query := url.Values{"wallet-address": {wallet.ID}, "first": {strconv.Itoa(maxPage)}}
	if cursor != "" {
		query.Set("cursor", cursor)
	}
	x := reading(l.op, at+"?"+query.Encode(), token)
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
func (l collection[T]) list(o object) listPage[T] {
	page := o.object("pagination")
	list := listPage[T]{
		EndCursor:   page.optional("endCursor"),
		HasNextPage: get[bool](page, "hasNextPage", "true or false"),
	}
	items := o.array("result")
	if len(items) > maxPage {
		o.fail("result has more than %d items", maxPage)
	}
	for i, item := range items[:min(len(items), maxPage)] {
		path := fmt.Sprintf("result[%d]", i)
		members, ok := item.(map[string]any)
		if !ok {
			o.fail("%s must be an object", path)
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
func (l collection[T]) pages(ctx context.Context, c *Client, wallet *WalletAddress, token Secret) iter.Seq2[*listPage[T], error] {
	return func(yield func(*listPage[T], error) bool) {
		seen := map[string]bool{}
		for cursor := ""; ; {
			list, err := l.page(ctx, c, wallet, token, cursor)
			if !yield(list, err) || err != nil || !list.HasNextPage {
				return
			}
			cursor = list.EndCursor
			x := reading(l.op, wallet.ResourceServer, token)
			switch {
			case cursor == "" || seen[cursor]:
				yield(nil, x.invalid(0, errors.New("the list goes on, but its cursor does not")))
				return
			case len(seen) == maxPages:
				yield(nil, x.invalid(0, fmt.Errorf("the list has more than %d pages", maxPages)))
				return
			}
			seen[cursor] = true
		}
	}
}
