package calls

import (
	"bytes"
	"compress/gzip"
	"crypto/tls"
	"fmt"
	"maps"
	"net"
	"net/http"
	"strconv"
	"time"
)

// A recorder keeps an answer instead of sending it.
type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (a *recorder) Header() http.Header { return a.header }
func (a *recorder) WriteHeader(status int) {
	if a.status == 0 {
		a.status = status
	}
}

func (a *recorder) Write(b []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	return a.body.Write(b)
}

// fail lets a call go wrong.
func (c *Calls) fail(f *Fault, w http.ResponseWriter, r *http.Request, act func(http.ResponseWriter)) {
	run(f.Before)
	right := &recorder{header: http.Header{}}
	if f.Act || f.Half || !f.Breaks() {
		act(right)
	}
	run(f.After)
	switch {
	case f.Hang:
		select {
		case <-r.Context().Done():
		case <-c.done:
		}
		panic(http.ErrAbortHandler)
	case f.Reset:
		reset(w)
	case f.Drop:
		panic(http.ErrAbortHandler) // net/http closes the connection
	case f.Status == http.StatusSwitchingProtocols:
		c.switchProtocols(w)
	case f.Status >= 100 && f.Status < 200:
		c.repeatInformation(f.Status, w, r)
	case f.Status != 0:
		f.writeOther(w)
	default:
		f.writeRight(w, right)
	}
}

func run(hook func()) {
	if hook != nil {
		hook()
	}
}

// reset ends the connection with a TCP reset.
func reset(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if secure, ok := conn.(*tls.Conn); ok {
		conn = secure.NetConn()
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}

// switchProtocols answers 101 and keeps the connection open without a word.
func (c *Calls) switchProtocols(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	defer func() { _ = conn.Close() }()
	_, _ = conn.Write([]byte("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"))
	left := make(chan struct{})
	go func() {
		defer close(left)
		_, _ = conn.Read(make([]byte, 1)) // until the client leaves, or Close
	}()
	select {
	case <-left:
	case <-c.done:
	}
}

// repeatInformation sends an informational answer until the client leaves.
func (c *Calls) repeatInformation(status int, w http.ResponseWriter, r *http.Request) {
	for c.Sleep(r.Context(), 20*time.Millisecond) == nil {
		w.WriteHeader(status)
	}
	panic(http.ErrAbortHandler)
}

// writeOther sends the answer of the fault.
func (f *Fault) writeOther(w http.ResponseWriter) {
	maps.Copy(w.Header(), f.Header)
	if w.Header().Get("Content-Type") == "" {
		w.Header().Set("Content-Type", "application/json")
	}
	w.WriteHeader(f.Status)
	_, _ = w.Write([]byte(f.Body))
}

// writeRight sends the right answer, changed as the fault says.
func (f *Fault) writeRight(w http.ResponseWriter, a *recorder) {
	body := a.body.Bytes()
	if len(f.Edit) > 0 {
		edited, err := edit(body, f.Edit)
		if err != nil {
			panic(fmt.Sprintf("sandbox: Fault.Edit: %v", err))
		}
		body = edited
	}
	body = append([]byte(f.Prefix), body...)
	maps.Copy(w.Header(), a.header)
	maps.Copy(w.Header(), f.Header)
	if f.Gzip {
		body = compress(body)
		w.Header().Set("Content-Encoding", "gzip")
	}
	if a.status == 0 {
		a.status = http.StatusOK
	}
	if a.status != http.StatusNoContent {
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	}
	w.WriteHeader(a.status)
	if !f.Half {
		_, _ = w.Write(body)
		return
	}
	_, _ = w.Write(body[:len(body)/2])
	_ = http.NewResponseController(w).Flush()
	panic(http.ErrAbortHandler)
}

func compress(body []byte) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write(body) // into memory
	_ = z.Close()
	return b.Bytes()
}
