package opclient

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"testing"
	"time"
)

// resets answers from the given request on; before, it resets the connection.
func resets(before int, then http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if before--; before < 0 {
			then(w, r)
			return
		}
		conn, _, _ := http.NewResponseController(w).Hijack()
		_ = conn.(*net.TCPConn).SetLinger(0)
		_ = conn.Close()
	}
}

func TestAReadIsRepeatedOnceAfterAConnectionError(t *testing.T) {
	half := func(w http.ResponseWriter, _ *http.Request) {
		conn, _, _ := http.NewResponseController(w).Hijack()
		_, _ = io.WriteString(conn, ok200+"Content-Length: 100\r\n\r\n{")
		_ = conn.Close()
	}
	for name, do := range reads {
		s := newServer(t, resets(1, answer(200, everyAnswer)))
		if err := do(newClient(t), s.URL+"/r/1", "TOKEN"); err != nil && !errors.Is(err, ErrNotPaid) {
			t.Errorf("%s: %v", name, err)
		}
		if n := len(s.requests()); n != 2 {
			t.Errorf("%s was sent %d times, want 2", name, n)
		}
		if a, b := s.requests()[0], s.requests()[1]; a.Header.Get("Signature") == b.Header.Get("Signature") {
			t.Errorf("%s was not signed anew", name)
		}
		for why, handler := range map[string]http.HandlerFunc{"reset": resets(9, nil), "half an answer": half} {
			s = newServer(t, handler)
			if err := do(newClient(t), s.URL+"/r/1", "TOKEN"); err == nil || len(s.requests()) != 2 {
				t.Errorf("%s, %s: %d times, %v", name, why, len(s.requests()), err)
			}
		}
		for _, status := range []int{302, 404, 429, 500, 503} {
			s = newServer(t, answer(status, "{}"))
			if _ = do(newClient(t), s.URL+"/r/1", "TOKEN"); len(s.requests()) != 1 {
				t.Errorf("%s, %d: sent %d times", name, status, len(s.requests()))
			}
		}
	}
	s := newServer(t, resets(1, answer(200, document("/me"))))
	if _, err := read(t, newClient(t), s.URL+"/me"); err != nil || len(s.requests()) != 2 {
		t.Errorf("the wallet address: %d times, %v", len(s.requests()), err)
	}
	s = newServer(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	if _, err := read(t, newClient(t, func(c *Config) { c.Timeout = 100 * time.Millisecond }), s.URL+"/me"); !errors.Is(err, ErrTimeout) || errors.Is(err, ErrNotSent) || len(s.requests()) != 1 {
		t.Errorf("after a timeout: %d times, %v", len(s.requests()), err)
	}
}

func TestWhatChangesSomethingIsNeverRepeated(t *testing.T) {
	for name, do := range calls {
		s := newServer(t, resets(1, answer(200, everyAnswer)))
		wantClasses(t, do(newClient(t), s.URL), ErrOutcomeUnknown)
		if r := s.only(t); r.Header.Get("Idempotency-Key") != "" || r.Header.Get("X-Idempotency-Key") != "" {
			t.Errorf("%s: carries an Idempotency-Key, for which net/http would repeat it", name)
		}
	}
}

func TestADialIsRepeatedForAReadOnly(t *testing.T) {
	for method, want := range map[string]int{"read": 2, "post": 1} {
		dials := 0
		client := newClient(t, func(c *Config) {
			c.HTTP = &http.Client{Transport: &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) {
				dials++
				return nil, errors.New("refused")
			}}}
		})
		err := calls["continue"](client, "http://wallet.example/")
		if method == "read" {
			dials = 0
			_, err = read(t, client, "http://wallet.example/")
		}
		if !errors.Is(err, ErrNotSent) || dials != want {
			t.Errorf("%s: dialled %d times, want %d: %v", method, dials, want, err)
		}
	}
}
