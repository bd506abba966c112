package sandbox_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/opgrants/opgrants/pkg/sandbox"
)

func TestAListIsPagedTheNewestFirst(t *testing.T) {
	p := newPayer(t, sandbox.Config{}, m{})
	p.post(p.token, "/incoming-payments", m{"walletAddress": p.alice}) // of another list
	var incoming, outgoing []string
	for range 25 {
		invoice := p.invoice("1")
		payment := p.pay(p.quote(invoice.ID, nil))
		payment.is(t, 201, "")
		incoming, outgoing = append(incoming, invoice.ID), append(outgoing, payment.ID)
		p.clock.move(time.Second)
	}
	for path, list := range map[string][]string{
		"/incoming-payments?wallet-address=" + p.shop:  incoming,
		"/outgoing-payments?wallet-address=" + p.alice: outgoing,
	} {
		token := map[bool]string{true: p.token, false: p.payToken}[strings.HasPrefix(path, "/i")]
		slices.Reverse(list)
		cursor := func(i int) string { return "&cursor=" + list[i][strings.LastIndex(list[i], "/")+1:] }
		for _, c := range []struct {
			query    string
			from, to int
		}{
			{"", 0, 20},
			{"&first=3", 0, 3},
			{"&first=100", 0, 25},
			{cursor(2), 3, 23},
			{cursor(19), 20, 25},
			{cursor(19) + "&first=5", 20, 25},
			{cursor(19) + "&first=4", 20, 24},
			{cursor(24), 0, 0},
			{cursor(5) + "&last=3", 2, 5},
			{cursor(5) + "&last=5", 0, 5},
			{cursor(5) + "&last=9", 0, 5},
			{cursor(24) + "&last=24", 0, 24},
			{cursor(0) + "&last=1", 0, 0},
		} {
			t.Run(fmt.Sprint(path[:9], c.query), func(t *testing.T) {
				r := p.read(token, p.at(path+c.query))
				r.is(t, 200, "")
				var got []string
				for _, item := range r.Result {
					got = append(got, item.ID)
				}
				if !slices.Equal(got, list[c.from:c.to]) {
					t.Fatalf("%d items, want %d to %d: %s", len(got), c.from, c.to, r.text)
				}
				if c.from == c.to {
					if r.text != `{"pagination":{"hasNextPage":false,"hasPreviousPage":false},"result":[]}`+"\n" {
						t.Errorf("%s", r.text)
					}
					return
				}
				page := r.Pagination
				if !strings.HasSuffix(list[c.from], page.StartCursor) || !strings.HasSuffix(list[c.to-1], page.EndCursor) || page.HasNextPage != (c.to < 25) || page.HasPreviousPage != (c.from > 0) {
					t.Errorf("%+v", page)
				}
			})
		}
		for _, bad := range []string{"&cursor=unknown", "&cursor=unknown&last=1", "&cursor=11111111-1111-4111-8111-111111111111"} {
			if r := p.read(token, p.at(path+bad)); r.status != 500 || r.text != "Internal Server Error" {
				t.Errorf("%s: %d %s", bad, r.status, r.text)
			}
		}
		p.read(token, p.at(path+"&first=1&last=1&cursor=x")).is(t, 400, "first and last are mutually exclusive")
		p.read(token, p.at(path+"&last=1")).is(t, 400, "last requires cursor")
	}
}

func TestAListShowsNoWayToPay(t *testing.T) {
	p := newPayer(t, sandbox.Config{}, nil)
	p.invoice("1")
	if r := p.read(p.token, p.at("/incoming-payments?wallet-address="+p.shop)); strings.Contains(r.text, "methods") || len(r.Result) != 1 {
		t.Errorf("%s", r.text)
	}
}
