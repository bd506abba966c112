//go:build tools

package peers

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os/exec"
	"sync"
	"syscall"
	"testing"
	"time"
)

// errExited: the server ended before it was ready; its port may have been taken.
var errExited = errors.New("ended before it was ready")

// serve starts a server on a free loopback port and waits until it answers
// HTTP. It stops when the test ends; if that failed, its output is logged.
func serve(t testing.TB, name string, command func(port string) *exec.Cmd) (endpoint string) {
	t.Helper()
	const attempts = 3 // a port that was free may be taken by the time the server binds it
	for i := 1; ; i++ {
		port := freePort(t)
		endpoint := "http://127.0.0.1:" + port
		err := start(t, name, command(port), endpoint)
		if err == nil {
			return endpoint
		}
		if !errors.Is(err, errExited) || i == attempts {
			t.Fatalf("%s: %v", name, err)
		}
	}
}

func start(t testing.TB, name string, cmd *exec.Cmd, endpoint string) error {
	output := &tail{}
	cmd.Stdout, cmd.Stderr = output, output
	endWithParent(cmd)
	if err := cmd.Start(); err != nil {
		return err
	}
	exited := make(chan struct{})
	go func() {
		_ = cmd.Wait() // how it ended is in its output
		close(exited)
	}()
	t.Cleanup(func() {
		stop(cmd, exited)
		if t.Failed() {
			t.Logf("the end of %s's output:\n%s", name, output)
		}
	})
	return ready(t.Context(), endpoint, exited)
}

func stop(cmd *exec.Cmd, exited <-chan struct{}) {
	_ = cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-exited:
	case <-time.After(5 * time.Second):
		_ = cmd.Process.Kill()
		<-exited
	}
}

func ready(ctx context.Context, endpoint string, exited <-chan struct{}) error {
	const patience = 60 * time.Second // a Java start on a busy machine
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		if answers(ctx, endpoint) {
			return nil
		}
		select {
		case <-exited:
			return errExited
		case <-ctx.Done():
			return fmt.Errorf("no answer at %s after %s", endpoint, patience)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func answers(ctx context.Context, endpoint string) bool {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, endpoint, nil)
	if err != nil {
		return false
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return false
	}
	_ = resp.Body.Close()
	return true
}

func freePort(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// A tail keeps the last 16 KB that were written to it.
type tail struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (o *tail) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	n, err := o.buf.Write(p)
	if extra := o.buf.Len() - 16<<10; extra > 0 {
		o.buf.Next(extra)
	}
	return n, err
}

func (o *tail) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.String()
}
