package service

import (
	"bufio"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"
)

// serveWith answers requests with h on loopback, and returns the address and what
// ends it: that returns the error of listen.
func serveWith(t *testing.T, b bounds, h http.HandlerFunc) (addr string, end func() error) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- b.listen(ctx, l, h, slog.New(slog.DiscardHandler)) }()
	t.Cleanup(stop)
	return l.Addr().String(), func() error {
		stop()
		select {
		case err := <-ended:
			return err
		case <-time.After(10 * time.Second):
			t.Fatal("listen does not end")
			return nil
		}
	}
}

// send sends text on a connection of its own, and returns what comes until the
// server closes the connection, and after how long it does.
func send(t *testing.T, addr, text string) (answer string, took time.Duration) {
	t.Helper()
	start := time.Now()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	_ = c.SetDeadline(start.Add(10 * time.Second))
	if _, err := io.WriteString(c, text); err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(bufio.NewReader(c))
	if errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatal("the server does not close the connection")
	}
	return string(got), time.Since(start)
}

func ok(http.ResponseWriter, *http.Request) {}

// Each bound is tested with the others so far away that they do not close the
// connection in its place.
func far() bounds {
	b := defaultBounds
	b.readHeader, b.read, b.write, b.idle = time.Hour, time.Hour, time.Hour, time.Hour
	return b
}

func TestAHeaderThatDoesNotEndIsCutOff(t *testing.T) {
	t.Parallel()
	b := far()
	b.readHeader = 200 * time.Millisecond
	addr, _ := serveWith(t, b, ok)
	if _, took := send(t, addr, "GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: "); took < b.readHeader {
		t.Errorf("closed after %s", took)
	}
}

func TestABodyThatDoesNotComeIsCutOff(t *testing.T) {
	t.Parallel()
	b := far()
	b.read = 200 * time.Millisecond
	read := make(chan error, 1)
	addr, _ := serveWith(t, b, func(_ http.ResponseWriter, r *http.Request) {
		_, err := io.ReadAll(r.Body)
		read <- err
	})
	send(t, addr, "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nabc")
	if err := <-read; err == nil {
		t.Error("the handler read a body that did not come")
	}
}

func TestAnAnswerThatNobodyReadsIsCutOff(t *testing.T) {
	t.Parallel()
	b := far()
	b.write = 200 * time.Millisecond
	written := make(chan error, 1)
	addr, _ := serveWith(t, b, func(w http.ResponseWriter, _ *http.Request) {
		var err error
		for chunk := make([]byte, 1<<20); err == nil; {
			_, err = w.Write(chunk)
		}
		written <- err
	})
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	_, _ = io.WriteString(c, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
	select {
	case err := <-written:
		if err == nil {
			t.Error("nobody read the answer, and it was written")
		}
	case <-time.After(10 * time.Second):
		t.Error("the handler still writes")
	}
}

func TestAnIdleConnectionIsClosed(t *testing.T) {
	t.Parallel()
	b := far()
	b.idle = 200 * time.Millisecond
	addr, _ := serveWith(t, b, ok)
	if answer, took := send(t, addr, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"); !strings.Contains(answer, "200 OK") || took < b.idle {
		t.Errorf("%q after %s", answer, took)
	}
}

func TestAHeaderThatIsTooLargeIsRefused(t *testing.T) {
	t.Parallel()
	addr, _ := serveWith(t, defaultBounds, ok)
	header := func(size int) string {
		return "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nX-Large: " + strings.Repeat("a", size) + "\r\n\r\n"
	}
	if answer, _ := send(t, addr, header(30<<10)); !strings.Contains(answer, "200 OK") {
		t.Errorf("30 KB: %q", answer)
	}
	if answer, _ := send(t, addr, header(40<<10)); !strings.Contains(answer, " 431 ") {
		t.Errorf("40 KB: %q", answer)
	}
}

func TestTheDefaultBoundsSuitTheService(t *testing.T) {
	b := defaultBounds
	if b.readHeader <= 0 || b.readHeader > 10*time.Second || b.read < b.readHeader || b.read > 30*time.Second ||
		b.write <= b.stop || b.stop < 28*time.Second || b.stop > time.Minute || b.idle <= 0 || b.headerBytes <= 0 || b.headerBytes > 64<<10 {
		t.Errorf("%+v", b)
	}
}

func TestARequestThatDoesNotEndDoesNotStopTheShutdown(t *testing.T) {
	t.Parallel()
	b := far()
	b.stop = 200 * time.Millisecond
	begun, never := make(chan bool), make(chan bool)
	addr, end := serveWith(t, b, func(http.ResponseWriter, *http.Request) {
		close(begun)
		<-never
	})
	defer close(never)
	go func() { _, _ = http.Get("http://" + addr) }()
	<-begun
	if err := end(); err == nil || !strings.Contains(err.Error(), "still running after 200ms") {
		t.Errorf("listen ended with %v", err)
	}
}
