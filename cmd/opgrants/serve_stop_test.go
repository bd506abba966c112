package main

import (
	"bytes"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
	"github.com/opgrants/opgrants/pkg/sandbox"
)

// A signal in the middle of a finish loses nothing: the browser gets the code, and
// the next process takes it.
func TestASignalInTheMiddleOfAFlowLosesNothing(t *testing.T) {
	t.Parallel()
	p := newPlace(t, sandbox.Config{})
	args, env := p.serve(t)
	first := startProcess(t, append(args, "--listen", freeAddr(t)), env)
	_, grant := call(t, "POST", first.url+"/grants", shopToken, order(p))
	finish := must(t)(p.wallet.Approve(grant["consentUrl"].(string)))
	p.wallet.Fail(sandbox.OpContinue, sandbox.Fault{Act: true, Delay: 500 * time.Millisecond})
	signalled := make(chan error, 1)
	go func() {
		time.Sleep(200 * time.Millisecond)
		signalled <- first.Process.Signal(syscall.SIGTERM)
	}()
	code := back(t, finish).Query().Get("code")
	if err := <-signalled; err != nil || code == "" {
		t.Fatalf("%v, the code is %q", err, code)
	}
	if status := first.wait(); status != 0 {
		t.Errorf("ended with %d", status)
	}
	second := startProcess(t, args, env)
	status, token := call(t, "POST", second.url+"/grants/"+grant["id"].(string)+"/token", shopToken, `{"code":"`+code+`"}`)
	if got, _ := token["accessToken"].(string); status != 200 || !p.wallet.Active(got) {
		t.Errorf("%d %v", status, token)
	}
	if s := p.wallet.Stats(); s.Continues != 1 || s.LiveTokens != 1 {
		t.Errorf("the wallet saw %+v", s)
	}
}

func TestBeyondItsLimitServeRefusesAtOnceAndStaysHealthy(t *testing.T) {
	t.Parallel()
	p := newPlace(t, sandbox.Config{})
	args, env := p.serve(t)
	service := start(t, env, append(args, "--max-requests", "1")...).listening(t)
	p.wallet.Fail(sandbox.OpGrant, sandbox.Fault{Delay: time.Second})
	first := make(chan int, 1)
	go func() {
		status, _ := call(t, "POST", service+"/grants", shopToken, order(p))
		first <- status
	}()
	for p.wallet.Stats().WalletReads == 0 { // the first request is not under way yet
		time.Sleep(time.Millisecond)
	}
	if status, problem := call(t, "POST", service+"/grants", shopToken, order(p)); status != http.StatusServiceUnavailable || problem["code"] != "busy" {
		t.Errorf("the second request: %d %v", status, problem)
	}
	if status, _ := browse(t, service+"/healthz"); status != 200 {
		t.Errorf("/healthz answers %d", status)
	}
	if status := <-first; status != 201 {
		t.Errorf("the first request: %d", status)
	}
	wantEnding(t, runs(t, env, append(args, "--max-requests", "0")...), exit.Usage, "--max-requests")
}

// dataFile is the value of --data-file in args.
func dataFile(t *testing.T, args []string) string {
	t.Helper()
	for i, arg := range args {
		if arg == "--data-file" {
			return args[i+1]
		}
	}
	t.Fatal("no --data-file")
	return ""
}

// damage overwrites the file from a page on.
func damage(t *testing.T, file string, from int64) {
	t.Helper()
	f, err := os.OpenFile(file, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt(bytes.Repeat([]byte{0xff}, int(info.Size()-from)), from); err != nil {
		t.Fatal(err)
	}
}

const page = 4096 // bytes; the first two pages say where the others are

func TestADamagedDataFileEndsServeAndSaysWhatToDo(t *testing.T) {
	t.Parallel()
	p := newPlace(t, sandbox.Config{})
	for name, spoil := range map[string]func(t *testing.T, file string){
		"overwritten":            func(t *testing.T, file string) { damage(t, file, 2*page) },
		"overwritten altogether": func(t *testing.T, file string) { damage(t, file, 0) },
		"cut off": func(t *testing.T, file string) {
			if err := os.Truncate(file, 2*page); err != nil {
				t.Fatal(err)
			}
		},
		"empty": func(t *testing.T, file string) {
			if err := os.Truncate(file, 0); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			args, env := p.serve(t)
			r := start(t, env, args...)
			call(t, "POST", r.listening(t)+"/grants", shopToken, order(p))
			r.cancel()
			r.end(t)
			spoil(t, dataFile(t, args))
			wantEnding(t, runs(t, env, args...), exit.Data, dataFile(t, args), "backup")
		})
	}
	t.Run("while it runs", func(t *testing.T) {
		args, env := p.serve(t)
		r := start(t, env, args...)
		service := r.listening(t)
		_, grant := call(t, "POST", service+"/grants", shopToken, order(p))
		damage(t, dataFile(t, args), 2*page)
		status, _ := call(t, "GET", service+"/grants/"+grant["id"].(string), shopToken, "")
		if status < 500 {
			t.Errorf("answered with %d", status)
		}
		got := r.end(t)
		wantEnding(t, got, exit.Data, dataFile(t, args), "backup")
		if strings.Contains(got.err, "panic") {
			t.Errorf("it panics:\n%s", got.err)
		}
	})
}
