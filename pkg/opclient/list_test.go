package opclient

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// book is a server of count outgoing payments, the newest first, that pages as the
// reference implementation does.
func book(t *testing.T, count int) *server {
	return newServer(t, func(w http.ResponseWriter, r *http.Request) {
		query := r.URL.Query()
		from, size := 0, 20
		if cursor := query.Get("cursor"); cursor != "" {
			from, _ = strconv.Atoi(strings.TrimPrefix(cursor, "c"))
			from++
		}
		if first := query.Get("first"); first != "" {
			size, _ = strconv.Atoi(first)
		}
		to := min(from+size, count)
		answer(200, listOf(from, to, count))(w, r)
	})
}

// listOf is a page of the payments from one number to before another.
func listOf(from, to, count int) string {
	var items []string
	for i := from; i < to; i++ {
		items = append(items, strings.Replace(outgoingAnswer, "outgoing-payments/1", "outgoing-payments/"+strconv.Itoa(i), 1))
	}
	cursors := ""
	if to > from {
		cursors = fmt.Sprintf(`"startCursor":"c%d","endCursor":"c%d",`, from, to-1)
	}
	return fmt.Sprintf(`{"pagination":{%s"hasPreviousPage":%v,"hasNextPage":%v},"result":[%s]}`, cursors, from > 0, to < count, strings.Join(items, ","))
}

// number is N of a payment https://wallet.example/outgoing-payments/N.
func number(p *OutgoingPayment) string { return p.ID[strings.LastIndex(p.ID, "/")+1:] }

func TestAllPaymentsAreGoneThroughPageByPage(t *testing.T) {
	for _, c := range []struct {
		count, requests int
	}{{0, 1}, {1, 1}, {100, 1}, {101, 2}, {250, 3}} {
		s := book(t, c.count)
		next := 0
		for p, err := range newClient(t).OutgoingPayments(context.Background(), alice(s.URL+"/op"), "TOKEN") {
			if err != nil {
				t.Fatal(err)
			}
			if number(p) != strconv.Itoa(next) {
				t.Fatalf("got %s, want the payment %d", p.ID, next)
			}
			next++
		}
		sent := s.requests()
		if next != c.count || len(sent) != c.requests {
			t.Errorf("of %d payments %d came, in %d requests", c.count, next, len(sent))
		}
		const wallet = "wallet-address=https%3A%2F%2Fwallet.example%2Falice"
		for i, r := range sent {
			want := "/op/outgoing-payments?first=100&" + wallet
			if i > 0 {
				want = fmt.Sprintf("/op/outgoing-payments?cursor=c%d&first=100&%s", 100*i-1, wallet)
			}
			if r.RequestURI != want {
				t.Errorf("asked for %s, want %s", r.RequestURI, want)
			}
			verify(t, r)
		}
	}
}

func TestWhoStopsReadsNoFurtherPage(t *testing.T) {
	s := book(t, 300)
	for p, err := range newClient(t).OutgoingPayments(context.Background(), alice(s.URL), "TOKEN") {
		if err != nil {
			t.Fatal(err)
		}
		if number(p) == "99" {
			break
		}
	}
	if n := len(s.requests()); n != 1 {
		t.Errorf("%d requests were sent", n)
	}
}

func TestIncomingPaymentsAreListedWithoutTheirMethods(t *testing.T) {
	item := strings.Replace(incomingAnswer, `"methods"`, `"x"`, 1)
	s := newServer(t, answer(200, `{"pagination":{"hasPreviousPage":false,"hasNextPage":false},"result":[`+item+`]}`))
	n := 0
	for p, err := range newClient(t).IncomingPayments(context.Background(), alice(s.URL), "TOKEN") {
		if err != nil || p.ID != "https://wallet.example/incoming-payments/1" {
			t.Errorf("got %+v, %v", p, err)
		}
		n++
	}
	if r := s.only(t); n != 1 || r.URL.Path != "/incoming-payments" {
		t.Errorf("%d came from %s", n, r.URL.Path)
	}
}

func TestAnErrorEndsThePagesAndComesOnce(t *testing.T) {
	s, n := newServer(t, refuses(403, "text/plain", "Inactive Token")), 0
	for _, err := range outgoingPayments.pages(t.Context(), newClient(t), alice(s.URL), "TOKEN") {
		if n++; !errors.Is(err, ErrInactiveToken) {
			t.Errorf("got %v", err)
		}
	}
	if n != 1 {
		t.Errorf("%d came", n)
	}
}

func TestAnErrorEndsTheListAndComesOnce(t *testing.T) {
	s := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("cursor") != "" {
			refuses(403, "text/plain", "Inactive Token")(w, r)
			return
		}
		answer(200, listOf(0, 100, 250))(w, r)
	})
	var got []string
	for p, err := range newClient(t).OutgoingPayments(context.Background(), alice(s.URL), "TOKEN") {
		if err != nil {
			if p != nil || !errors.Is(err, ErrInactiveToken) {
				t.Errorf("got %v, %v", p, err)
			}
			got = append(got, "error")
			continue
		}
		got = append(got, number(p))
	}
	if len(got) != 101 || slices.Index(got, "error") != 100 {
		t.Errorf("got %v", got)
	}
}

func TestAListThatWouldNeverEndIsAnInvalidAnswer(t *testing.T) {
	turn := 0
	for name, c := range map[string]struct {
		handler  http.HandlerFunc
		requests int
	}{
		"the same cursor again": {answer(200, listOf(0, 1, 9)), 2},
		"no cursor":             {answer(200, `{"pagination":{"hasPreviousPage":false,"hasNextPage":true},"result":[]}`), 1},
		"cursors in a circle": {func(w http.ResponseWriter, r *http.Request) {
			turn++
			answer(200, listOf(turn%3, turn%3+1, 9))(w, r)
		}, 4},
	} {
		s := newServer(t, func(w http.ResponseWriter, r *http.Request) {
			if c.requests--; c.requests < 0 {
				refuses(429, "text/plain", "enough")(w, r)
				return
			}
			c.handler(w, r)
		})
		var last error
		for _, last = range newClient(t).OutgoingPayments(context.Background(), alice(s.URL), "TOKEN") {
			continue // to the end
		}
		if !errors.Is(last, ErrInvalidAnswer) || errors.Is(last, ErrOutcomeUnknown) {
			t.Errorf("%s: got %v", name, last)
		}
	}
}

// incomingPaymentPage reads the page after a cursor.
func (c *Client) incomingPaymentPage(ctx context.Context, wallet *WalletAddress, token Secret, cursor string) (*listPage[IncomingPayment], error) {
	return incomingPayments.page(ctx, c, wallet, token, cursor)
}

// outgoingPaymentPage does the same for outgoing payments.
func (c *Client) outgoingPaymentPage(ctx context.Context, wallet *WalletAddress, token Secret, cursor string) (*listPage[OutgoingPayment], error) {
	return outgoingPayments.page(ctx, c, wallet, token, cursor)
}

func TestAPageIsThatOfItsCursor(t *testing.T) {
	s := book(t, 150)
	c := newClient(t)
	for _, want := range []struct {
		cursor, from, to string
		next             bool
		query            string
	}{
		{"", "0", "99", true, "first=100&wallet-address=…"},
		{"c99", "100", "149", false, "cursor=c99&first=100&wallet-address=…"},
		{"c4", "5", "104", true, "cursor=c4&first=100&wallet-address=…"},
	} {
		got, err := c.outgoingPaymentPage(context.Background(), alice(s.URL), "TOKEN", want.cursor)
		if err != nil {
			t.Fatal(err)
		}
		first, last := &got.Items[0], &got.Items[len(got.Items)-1]
		if number(first) != want.from || number(last) != want.to || got.HasNextPage != want.next || got.EndCursor != "c"+want.to {
			t.Errorf("%q: got %s to %s: %+v", want.cursor, first.ID, last.ID, got)
		}
		sent := s.requests()
		query := strings.ReplaceAll(sent[len(sent)-1].URL.RawQuery, "https%3A%2F%2Fwallet.example%2Falice", "…")
		if query != want.query {
			t.Errorf("%q: asked for %s", want.cursor, query)
		}
	}
	empty, err := c.incomingPaymentPage(context.Background(), alice(book(t, 0).URL), "TOKEN", "")
	if err != nil || len(empty.Items) != 0 || empty.EndCursor != "" || empty.HasNextPage {
		t.Errorf("got %+v, %v", empty, err)
	}
}

func TestAListOfNoWalletIsNotAskedFor(t *testing.T) {
	s := book(t, 5)
	_, err := newClient(t).outgoingPaymentPage(context.Background(), &WalletAddress{ResourceServer: s.URL}, "TOKEN", "")
	if invalid, ok := errors.AsType[*InvalidError](err); !ok || invalid.Field != "walletAddress" {
		t.Errorf("got %v", err)
	}
	if n := len(s.requests()); n != 0 {
		t.Errorf("%d requests were sent", n)
	}
}

func TestAListThatIsNotAsOpenPaymentsSays(t *testing.T) {
	good := listOf(0, 2, 9)
	for _, c := range []struct{ old, new, why string }{
		{`"pagination"`, `"x"`, "pagination is missing"},
		{`"pagination":{`, `"pagination":[],"x":{`, "pagination must be an object"},
		{`"hasNextPage"`, `"x"`, "pagination.hasNextPage is missing"},
		{`"hasNextPage":true`, `"hasNextPage":null`, "pagination.hasNextPage must be true or false"},
		{`"result":[`, `"result":null,"x":[`, "result must be an array"},
		{`"hasNextPage":true`, `"hasNextPage":1`, "pagination.hasNextPage must be true or false"},
		{`"result"`, `"x"`, "result is missing"},
		{`"result":[`, `"result":{},"x":[`, "result must be an array"},
		{`"result":[`, `"result":[null,`, "result[0] must be an object"},
		{`"result":[`, `"result":[{},`, "result[0].id is missing"},
	} {
		s := newServer(t, answer(200, edit(t, good, c.old, c.new)))
		_, err := newClient(t).outgoingPaymentPage(context.Background(), alice(s.URL), "TOKEN", "")
		if !errors.Is(err, ErrInvalidAnswer) || !strings.Contains(err.Error(), c.why) {
			t.Errorf("%s for %s: got %v, want an invalid answer with %q", c.new, c.old, err, c.why)
		}
	}
}

func TestAListMayBeLargerThanAnythingElse(t *testing.T) {
	padded := func(size int) http.HandlerFunc {
		page := strings.Replace(listOf(0, 100, 100), `"externalRef":"INV-1"`, `"x":"`+strings.Repeat("x", size)+`"`, 1)
		return answer(200, page)
	}
	c := newClient(t)
	got, err := c.outgoingPaymentPage(context.Background(), alice(newServer(t, padded(900<<10)).URL), "TOKEN", "")
	if err != nil || len(got.Items) != 100 {
		t.Errorf("got %v", err)
	}
	_, err = c.outgoingPaymentPage(context.Background(), alice(newServer(t, padded(1<<20)).URL), "TOKEN", "")
	if !errors.Is(err, ErrInvalidAnswer) || !strings.Contains(err.Error(), "1024 KiB") {
		t.Errorf("got %v", err)
	}
}
