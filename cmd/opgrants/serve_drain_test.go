package main

import (
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
	"github.com/opgrants/opgrants/pkg/sandbox"
)

// readyz is the status at /readyz on a connection of its own; 0: there is none.
func readyz(url string) int {
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 5 * time.Second}
	answer, err := client.Get(url + "/readyz")
	if err != nil {
		return 0
	}
	_ = answer.Body.Close()
	return answer.StatusCode
}

// After SIGTERM the service says first that it is not ready, and still answers. After
// that it takes no connection, and the request under way is answered.
func TestAServiceThatStopsSaysSoFirst(t *testing.T) {
	t.Parallel()
	p := newPlace(t, sandbox.Config{})
	args, env := p.serve(t)
	service := startProcess(t, append(args, "--drain", "1s"), env)
	if status := readyz(service.url); status != 200 {
		t.Fatalf("/readyz answers %d", status)
	}
	p.wallet.Fail(sandbox.OpGrant, sandbox.Fault{Delay: 3 * time.Second})
	slow := make(chan int, 1)
	go func() {
		status, _ := call(t, "POST", service.url+"/grants", shopToken, order(p))
		slow <- status
	}()
	for p.wallet.Stats().WalletReads == 0 { // the request is not under way yet
		time.Sleep(time.Millisecond)
	}
	if err := service.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	signalled := time.Now()
	status := 200
	for status == 200 && time.Since(signalled) < 900*time.Millisecond {
		status = readyz(service.url)
	}
	if status != 503 {
		t.Errorf("/readyz answers %d", status)
	}
	if live, _ := browse(t, service.url+"/livez"); live != 200 {
		t.Errorf("/livez answers %d", live)
	}
	if status, problem := call(t, "GET", service.url+"/grants/AAAAAAAAAAAAAAAAAAAAAA", shopToken, ""); status != 404 {
		t.Errorf("a request is answered with %d %v", status, problem)
	}
	for readyz(service.url) != 0 {
		if time.Since(signalled) > 2500*time.Millisecond {
			t.Fatal("it still takes connections")
		}
	}
	if took := time.Since(signalled); took < time.Second {
		t.Errorf("it took no connection any more after %s", took)
	}
	if status := <-slow; status != 201 {
		t.Errorf("the request under way was answered with %d", status)
	}
	if code := service.wait(); code != 0 {
		t.Errorf("ended with %d", code)
	}
}

// The first process of a container has no handler but its own: the second signal must
// not be left to the system.
func TestASecondSignalEndsServeAtOnce(t *testing.T) {
	t.Parallel()
	p := newPlace(t, sandbox.Config{})
	args, env := p.serve(t)
	service := startProcess(t, append(args, "--drain", "1m"), env)
	if err := service.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	for limit := time.Now().Add(5 * time.Second); readyz(service.url) != 503; {
		if time.Now().After(limit) {
			t.Fatal("it does not say that it is not ready")
		}
	}
	began := time.Now()
	if code := service.stop(t, syscall.SIGTERM); code != 128+int(syscall.SIGTERM) || time.Since(began) > 10*time.Second {
		t.Errorf("ended with %d after %s", code, time.Since(began))
	}
}

func TestSystemdHearsHowServeIs(t *testing.T) {
	p := newPlace(t, sandbox.Config{})
	args, env := p.serve(t)
	env["NOTIFY_SOCKET"] = filepath.Join(t.TempDir(), "notify")
	l, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: env["NOTIFY_SOCKET"], Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	r := start(t, env, args...)
	hears := func(want string) {
		t.Helper()
		b := make([]byte, 100)
		_ = l.SetReadDeadline(time.Now().Add(10 * time.Second))
		if n, err := l.Read(b); err != nil || string(b[:n]) != want {
			t.Errorf("systemd hears %q, %v; want %q", b[:n], err, want)
		}
	}
	hears("READY=1")
	url := r.listening(t)
	if status := readyz(url); status != 200 {
		t.Errorf("/readyz answers %d", status)
	}
	r.cancel()
	hears("STOPPING=1")
	if got := r.end(t); got.code != exit.OK {
		t.Errorf("ended with %d: %s", got.code, got.err)
	}

	env["NOTIFY_SOCKET"] += "-that-nobody-reads"
	r = start(t, env, args...)
	url = r.listening(t)
	r.logs(t, "systemd does not hear how the service is")
	if status := readyz(url); status != 200 {
		t.Errorf("/readyz answers %d", status)
	}
}

func TestADrainThatMakesNoSenseIsRefused(t *testing.T) {
	p := newPlace(t, sandbox.Config{})
	args, env := p.serve(t)
	for _, drain := range []string{"-1s", "6m", "soon"} {
		got := runs(t, env, append(args, "--drain="+drain)...)
		if got.code != exit.Usage || !strings.Contains(got.err, "--drain") {
			t.Errorf("%s: %d: %s", drain, got.code, got.err)
		}
	}
}
