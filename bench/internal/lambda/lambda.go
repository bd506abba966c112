// Package lambda runs a function as Lambda does: it starts a program, hands it one event
// at a time over the Runtime API, and measures.
package lambda

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// A Function is a running program. Close it.
type Function struct {
	cmd    *exec.Cmd
	server *http.Server
	events chan []byte
	ready  chan time.Time // it has asked for its first event
	done   chan result
	exited chan error
	stderr strings.Builder
}

type result struct {
	at   time.Time
	body []byte
	err  error
}

// A Start is how a program started.
type Start struct {
	Init, FirstAnswer time.Duration // from exec
	Processor         time.Duration // of the program until its first answer
}

const api = "/2018-06-01/runtime/"

// Run starts a program and lets it answer one event. If root is not empty, that folder
// is its file system.
func Run(ctx context.Context, root string, program []string, env []string, event []byte) (*Function, Start, []byte, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, Start{}, nil, err
	}
	f := &Function{events: make(chan []byte, 1), ready: make(chan time.Time, 1), done: make(chan result, 1), exited: make(chan error, 1)}
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+api+"invocation/next", f.next)
	mux.HandleFunc("POST "+api+"invocation/{id}/response", f.answer)
	mux.HandleFunc("POST "+api+"invocation/{id}/error", f.fail)
	mux.HandleFunc("POST "+api+"init/error", f.fail)
	f.server = &http.Server{ReadHeaderTimeout: time.Minute, Handler: mux}
	go func() { _ = f.server.Serve(listener) }()

	f.cmd = exec.CommandContext(ctx, program[0], program[1:]...)
	f.cmd.Env = append([]string{"AWS_LAMBDA_RUNTIME_API=" + listener.Addr().String(), "AWS_LAMBDA_FUNCTION_MEMORY_SIZE=512", "AWS_LAMBDA_FUNCTION_NAME=bench"}, env...)
	f.cmd.Stderr = &f.stderr
	if root != "" {
		f.cmd.SysProcAttr, f.cmd.Dir = &syscall.SysProcAttr{Chroot: root}, "/"
	}
	f.events <- event
	began := time.Now()
	if err := f.cmd.Start(); err != nil {
		return nil, Start{}, nil, err
	}
	go func() { f.exited <- f.cmd.Wait() }()
	r := f.wait()
	if r.err != nil {
		f.Close()
		return nil, Start{}, nil, r.err
	}
	ready := <-f.ready
	return f, Start{Init: ready.Sub(began), FirstAnswer: r.at.Sub(began), Processor: f.Processor()}, r.body, nil
}

// Invoke hands an event over and returns how long the answer took.
func (f *Function) Invoke(event []byte) (time.Duration, []byte, error) {
	began := time.Now()
	f.events <- event
	r := f.wait()
	return r.at.Sub(began), r.body, r.err
}

func (f *Function) wait() result {
	select {
	case r := <-f.done:
		return r
	case err := <-f.exited:
		f.exited <- err
		return result{err: fmt.Errorf("the program has ended: %v\n%s", err, f.stderr.String())}
	case <-time.After(30 * time.Second):
		return result{err: errors.New("no answer within 30 s")}
	}
}

func (f *Function) next(w http.ResponseWriter, r *http.Request) {
	select {
	case f.ready <- time.Now():
	default:
	}
	select {
	case event := <-f.events:
		w.Header().Set("Lambda-Runtime-Aws-Request-Id", "8476a536-e9f4-11e8-9739-2dfe598c3fcd")
		w.Header().Set("Lambda-Runtime-Deadline-Ms", strconv.FormatInt(time.Now().Add(30*time.Second).UnixMilli(), 10))
		w.Header().Set("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:eu-west-1:123456789012:function:bench")
		_, _ = w.Write(event)
	case <-r.Context().Done():
	}
}

func (f *Function) answer(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	w.WriteHeader(http.StatusAccepted)
	f.done <- result{time.Now(), body, err}
}

func (f *Function) fail(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	w.WriteHeader(http.StatusAccepted)
	f.done <- result{err: fmt.Errorf("the function failed: %s", body)}
}

// Processor is the processor time that the program has used.
func (f *Function) Processor() time.Duration { return Processor(f.cmd.Process.Pid) }

// Processor is the processor time that a process has used.
func Processor(pid int) time.Duration {
	var t unix.Timespec
	clock := int32(^pid<<3 | 2) //nolint:gosec // it fits: clock_getcpuclockid(3)
	if err := unix.ClockGettime(clock, &t); err != nil {
		return 0
	}
	return time.Duration(t.Nano())
}

// PeakMemory is the largest resident set of the program, in bytes.
func (f *Function) PeakMemory() int64 {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", f.cmd.Process.Pid))
	_, rest, _ := strings.Cut(string(text), "VmHWM:")
	kilobytes, _ := strconv.ParseInt(strings.Fields(rest + " 0")[0], 10, 64)
	return kilobytes << 10
}

// Close ends the program.
func (f *Function) Close() {
	_ = f.cmd.Process.Kill()
	<-f.exited //nolint:errcheck // killed
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = f.server.Shutdown(ctx)
	_ = f.server.Close()
}
