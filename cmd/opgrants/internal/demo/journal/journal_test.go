package journal

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// A town is a service that calls a wallet for each of its requests.
type town struct {
	journal *Journal
	service *httptest.Server
	shop    *http.Client
	heard   http.Header // of the last request to the service
}

func newTown(t *testing.T, passesOn bool) *town {
	t.Helper()
	w := &town{journal: &Journal{}}
	wallet := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(wallet.Close)
	toWallet := http.Client{Transport: w.journal.Transport(Service, Wallet, http.DefaultTransport)}
	answer := func(_ http.ResponseWriter, r *http.Request) {
		w.heard = r.Header
		sent, err := http.NewRequestWithContext(r.Context(), http.MethodGet, wallet.URL+"/alice", nil)
		if err != nil {
			t.Error(err)
			return
		}
		get(t, &toWallet, sent)
	}
	handler := http.Handler(http.HandlerFunc(answer))
	mux := http.NewServeMux()
	w.service = httptest.NewServer(mux)
	t.Cleanup(w.service.Close)
	base, _ := url.Parse(w.service.URL)
	mux.Handle("/grants/{id}/finish", w.journal.Handler(Browser, Service, base, handler))
	if passesOn {
		handler = PassOn(handler)
	}
	mux.Handle("/", handler)
	w.shop = &http.Client{Transport: w.journal.Transport(Shop, Service, http.DefaultTransport)}
	return w
}

func get(t *testing.T, client *http.Client, r *http.Request) {
	t.Helper()
	answer, err := client.Do(r)
	if err != nil {
		t.Error(err)
		return
	}
	_, _ = io.Copy(io.Discard, answer.Body)
	_ = answer.Body.Close()
}

func (w *town) asks(t *testing.T, tag Tag) {
	t.Helper()
	r, _ := http.NewRequestWithContext(With(context.Background(), tag), http.MethodGet, w.service.URL+"/grants/7", nil)
	get(t, w.shop, r)
}

func (w *town) ways(tag Tag) string {
	var all []string
	for _, e := range w.journal.Of(tag) {
		all = append(all, e.From+" "+e.To)
	}
	return strings.Join(all, ", ")
}

func TestEachRequestBelongsToItsActionAlone(t *testing.T) {
	w := newTown(t, true)
	one, other, third := Tag{"one", 0}, Tag{"one", 1}, Tag{"two", 0}
	w.asks(t, one)
	w.asks(t, third)
	w.asks(t, other)
	for _, tag := range []Tag{one, other, third} {
		if got := w.ways(tag); got != "shop service, service wallet" {
			t.Errorf("%v has %s", tag, got)
		}
	}
	if w.heard.Get(tagHeader) != "" {
		t.Error("the service sees the tag")
	}
	for _, e := range w.journal.Of(one) {
		if strings.Contains(e.Text(), tagHeader) {
			t.Errorf("the tag is shown:\n%s", e.Text())
		}
	}
}

func TestABrowsersVisitsBelongToTheOrderOfTheirLink(t *testing.T) {
	w := newTown(t, true)
	one := Tag{"one", 0}
	w.journal.Expect("/grants/7", one)
	for _, id := range []string{"7", "77"} {
		r, _ := http.NewRequest(http.MethodGet, w.service.URL+"/grants/"+id+"/finish?hash=h", nil)
		get(t, http.DefaultClient, r)
	}
	if got := w.ways(one); got != "browser service, service wallet" {
		t.Errorf("the order has %s", got)
	}
}

func TestAServiceElsewhereWorksForTheLatestRequest(t *testing.T) {
	w := newTown(t, false)
	w.journal.Guess = true
	one, two := Tag{"one", 0}, Tag{"two", 0}
	w.asks(t, one)
	w.asks(t, two)
	for _, tag := range []Tag{one, two} {
		if got := w.ways(tag); got != "shop service, service wallet" {
			t.Errorf("%v has %s", tag, got)
		}
	}
}
