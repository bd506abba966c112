package opclient

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"runtime"
	"testing"
	"time"
)

// A wire is a TCP server that is no HTTP server: serve writes what it likes.
type wire struct {
	URL    string
	closed chan struct{} // one for each connection that the client has closed
}

func newWire(t *testing.T, serve func(net.Conn, *bufio.Reader)) *wire {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	w := &wire{"http://" + listener.Addr().String(), make(chan struct{}, 100)}
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = conn.Close() }()
				reader := bufio.NewReader(conn)
				if r, err := http.ReadRequest(reader); err == nil {
					_, _ = io.Copy(io.Discard, r.Body)
				}
				serve(conn, reader)
				_, _ = io.Copy(io.Discard, reader) // until the client closes
				w.closed <- struct{}{}
			}()
		}
	}()
	return w
}

// drip writes text again and again, until the client has gone.
func drip(text string) func(net.Conn, *bufio.Reader) {
	return func(conn net.Conn, _ *bufio.Reader) {
		for {
			if _, err := io.WriteString(conn, text); err != nil {
				return
			}
			time.Sleep(5 * time.Millisecond)
		}
	}
}

// headThen writes head, then does what then does.
func headThen(head string, then func(net.Conn, *bufio.Reader)) func(net.Conn, *bufio.Reader) {
	return func(conn net.Conn, r *bufio.Reader) {
		_, _ = io.WriteString(conn, head)
		if then != nil {
			then(conn, r)
		}
	}
}

const ok200 = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"

func TestNoGoroutineStaysAfterAHostileServer(t *testing.T) {
	before := runtime.NumGoroutine()
	for range 20 {
		s := newWire(t, headThen("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n", nil))
		_ = calls["rotate"](newClient(t), s.URL)
		select {
		case <-s.closed:
		case <-time.After(5 * time.Second):
			t.Fatal("the connection was not closed")
		}
	}
	for range 100 {
		if runtime.NumGoroutine() < before+60 { // 20 of them listen, and are closed at the end
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Errorf("%d goroutines, %d before", runtime.NumGoroutine(), before)
}
