package opclient

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

const emptyList = `{"pagination":{"hasPreviousPage":false,"hasNextPage":false},"result":[]}`

func TestAListIsOneOnlyWithTheStatus200(t *testing.T) {
	for _, status := range []int{201, 203, 206} {
		s := newServer(t, answer(status, emptyList))
		for _, name := range []string{"all outgoing payments", "a search", "a page of incoming payments"} {
			if err := reads[name](newClient(t), s.URL, "TOKEN"); !errors.Is(err, ErrInvalidAnswer) || errors.Is(err, ErrNotPaid) {
				t.Errorf("%d, %s: got %v", status, name, err)
			}
		}
	}
}

func TestTheServersClockComesWithAList(t *testing.T) {
	date := time.Date(2026, 1, 12, 12, 0, 0, 0, time.UTC)
	first := true
	s := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		at := date
		if !first {
			at = at.Add(time.Minute)
		}
		w.Header().Set("Date", at.Format(http.TimeFormat))
		text := emptyList
		if first {
			text = `{"pagination":{"endCursor":"c","hasNextPage":true},"result":[]}`
		}
		first = false
		answer(200, text)(w, r)
	})
	_, err := newClient(t).FindOutgoingPayment(context.Background(), alice(s.URL), "TOKEN", &Quote{ID: "https://wallet.example/quotes/1"})
	if e, _ := errors.AsType[*Error](err); e == nil || !errors.Is(err, ErrNotPaid) || !e.Date.Equal(date) {
		t.Errorf("got %#v, want the Date of the first page", e)
	}
	page, err := newClient(t).outgoingPaymentPage(context.Background(), alice(s.URL), "TOKEN", "")
	if err != nil || !page.Date.Equal(date.Add(time.Minute)) {
		t.Errorf("got %+v, %v", page, err)
	}
}

func TestAListWithoutEndEnds(t *testing.T) {
	n := 0
	s := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		n++
		answer(200, fmt.Sprintf(`{"pagination":{"endCursor":"c%d","hasNextPage":true},"result":[]}`, n))(w, r)
	})
	err := reads["a search"](newClient(t), s.URL, "TOKEN")
	if !errors.Is(err, ErrInvalidAnswer) || errors.Is(err, ErrNotPaid) || !strings.Contains(err.Error(), "more than 1000 pages") || n != maxPages+1 {
		t.Errorf("%d pages, %v", n, err)
	}
}

func TestAPageOfMoreThanAnybodyAskedForIsRefused(t *testing.T) {
	page := strings.Replace(emptyList, `[]`, `[`+strings.Repeat(`{},`, 100)+`{}]`, 1)
	err := reads["all outgoing payments"](newClient(t), newServer(t, answer(200, page)).URL, "TOKEN")
	if !errors.Is(err, ErrInvalidAnswer) || !strings.Contains(err.Error(), "result has more than 100 items") {
		t.Errorf("got %v", err)
	}
}
