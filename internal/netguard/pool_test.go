package netguard

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

type clock struct{ ahead atomic.Int64 }

func (c *clock) now() time.Time { return time.Now().Add(time.Duration(c.ahead.Load())) }

func (c *clock) move(d time.Duration) { c.ahead.Add(int64(d)) }

func counting(t *testing.T, h http.HandlerFunc) (url string, opened *atomic.Int32) {
	t.Helper()
	opened = &atomic.Int32{}
	s := httptest.NewUnstartedServer(h)
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			opened.Add(1)
		}
	}
	s.Start()
	t.Cleanup(s.Close)
	return s.URL, opened
}

func TestAConnectionIsUsedAgainOnlyAMomentAfterItsLastUse(t *testing.T) {
	for name, c := range map[string]struct {
		idle time.Duration
		want int32
	}{
		"at once":                     {0, 1},
		"after 3 s":                   {3 * time.Second, 1},
		"after 5 s":                   {5 * time.Second, 2},
		"after an hour frozen":        {time.Hour, 2},
		"when the clock was set back": {-time.Hour, 2},
	} {
		t.Run(name, func(t *testing.T) {
			url, opened := counting(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "ok") })
			var clock clock
			tr := newTransport(t, Options{InsecureAllowLocal: true, Now: clock.now})
			mustSend(t, tr, url)
			clock.move(c.idle)
			mustSend(t, tr, url)
			if got := opened.Load(); got != c.want {
				t.Errorf("%d connections, want %d", got, c.want)
			}
		})
	}
}

func TestARequestAfterAFreezeDoesNotGoToADeadConnection(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() { // answers once, then keeps the connection and says nothing
				buffer := make([]byte, 4096)
				_, _ = conn.Read(buffer)
				_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
				_, _ = io.Copy(io.Discard, conn)
				_ = conn.Close()
			}()
		}
	}()
	url := "http://" + listener.Addr().String()
	var clock clock
	tr := newTransport(t, Options{InsecureAllowLocal: true, Now: clock.now})
	mustSend(t, tr, url)
	clock.move(6 * time.Second)
	mustSend(t, tr, url)

	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := send(ctx, tr, "POST", url, "{}"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("without the freeze: got %v, want no answer: or else this test shows nothing", err)
	}
}

func TestAnAnswerNotReadToItsEndEndsTheConnection(t *testing.T) {
	url, opened := counting(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, strings.Repeat("x", 1<<20)) })
	tr := newTransport(t, Options{InsecureAllowLocal: true})
	for range 2 {
		r, _ := http.NewRequestWithContext(t.Context(), "GET", url, nil)
		response, err := tr.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		_ = response.Body.Close() // twice does no harm
	}
	if opened.Load() != 2 {
		t.Errorf("%d connections, want 2", opened.Load())
	}
}

func TestAConnectionThatTheServerClosedIsNotUsed(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(s.Close)
	tr := newTransport(t, Options{InsecureAllowLocal: true})
	mustSend(t, tr, s.URL)
	s.CloseClientConnections()
	for conn := tr.idle.idle[0].conn; conn.Err() == nil; { // until we have heard of it
		time.Sleep(time.Millisecond)
	}
	mustSend(t, tr, s.URL)
}

func TestAConnectionThatIsStillInUseIsNotKept(t *testing.T) {
	url, _ := counting(t, func(http.ResponseWriter, *http.Request) {})
	tr := newTransport(t, Options{InsecureAllowLocal: true})
	conn, err := tr.dial.NewClientConn(t.Context(), "http", strings.TrimPrefix(url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	if err := conn.Reserve(); err != nil {
		t.Fatal(err)
	}
	tr.idle.put("x", conn)
	if tr.idle.take("x") != nil || conn.Err() == nil {
		t.Error("it is kept, or open")
	}
}

func TestThePoolIsBounded(t *testing.T) {
	url, _ := counting(t, func(http.ResponseWriter, *http.Request) {})
	tr := newTransport(t, Options{InsecureAllowLocal: true})
	for i := range maxIdleConns + 3 {
		conn, err := tr.dial.NewClientConn(t.Context(), "http", strings.TrimPrefix(url, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		tr.idle.put(fmt.Sprint(i), conn)
	}
	if got := len(tr.idle.idle); got != maxIdleConns {
		t.Errorf("%d idle connections, want %d", got, maxIdleConns)
	}
	if tr.idle.take("0") != nil || tr.idle.take("3") == nil {
		t.Error("not the oldest were dropped")
	}
}

func TestIdleConnectionsAreClosedWithoutAnotherRequest(t *testing.T) {
	url, _ := counting(t, func(http.ResponseWriter, *http.Request) {})
	tr := newTransport(t, Options{InsecureAllowLocal: true})
	tr.idle.limit = 10 * time.Millisecond
	mustSend(t, tr, url)
	for range 200 {
		tr.idle.mu.Lock()
		left := len(tr.idle.idle)
		tr.idle.mu.Unlock()
		if left == 0 {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Error("the connection stays open")
}
