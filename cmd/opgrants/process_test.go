package main

import (
	"bufio"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/opgrants/opgrants/pkg/sandbox"
	"github.com/opgrants/opgrants/test/parallel"
)

// The test binary is also the program itself, for what needs a process.
const beTheProgram = "OPGRANTS_TEST_BE_THE_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(beTheProgram) != "" {
		_ = os.Unsetenv(beTheProgram)
		main()
	}
	os.Exit(parallel.Run(m, parallel.Waiting))
}

// A process is the program, running on its own.
type process struct {
	*exec.Cmd
	url string
}

func startProcess(t *testing.T, args []string, env map[string]string) process {
	t.Helper()
	p := process{Cmd: exec.Command(os.Args[0], args...)}
	p.Env = append(os.Environ(), beTheProgram+"=1")
	for name, value := range env {
		p.Env = append(p.Env, name+"="+value)
	}
	log, err := p.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Process.Kill() })
	lines := json.NewDecoder(log)
	for {
		var l struct{ Message, URL string }
		if err := lines.Decode(&l); err != nil {
			t.Fatalf("the service does not listen: %v", err)
		}
		if l.Message == "listening" {
			p.url = l.URL
			go func() { _, _ = io.Copy(io.Discard, io.MultiReader(lines.Buffered(), log)) }()
			return p
		}
	}
}

// stop sends the signal and returns the exit code.
func (p process) stop(t *testing.T, s syscall.Signal) int {
	t.Helper()
	if err := p.Process.Signal(s); err != nil {
		t.Fatal(err)
	}
	return p.wait()
}

// wait returns the exit code.
func (p process) wait() int {
	_ = p.Wait() // its error is the exit code
	return p.ProcessState.ExitCode()
}

// interrupt runs the program with these variables until it waits for somebody, sends it
// Ctrl-C, and returns its exit code and what it printed on stderr.
func interrupt(t *testing.T, args []string, env ...string) (code int, stderr string) {
	t.Helper()
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append(append(os.Environ(), beTheProgram+"=1"), env...)
	errs, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	var text strings.Builder
	lines := bufio.NewScanner(errs)
	for lines.Scan() {
		text.WriteString(lines.Text() + "\n")
		if strings.HasPrefix(lines.Text(), "Waiting ") {
			if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
				t.Fatal(err)
			}
		}
	}
	_ = cmd.Wait() // its error is the exit code
	return cmd.ProcessState.ExitCode(), text.String()
}

func TestASignalEndsServeOnceTheRequestsThatRunAreAnswered(t *testing.T) {
	t.Parallel()
	for _, s := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
		t.Run(s.String(), func(t *testing.T) {
			p := newPlace(t, sandbox.Config{})
			args, env := p.serve(t)
			service := startProcess(t, args, env)
			p.wallet.Fail(sandbox.OpGrant, sandbox.Fault{Delay: 300 * time.Millisecond})
			signalled := make(chan error, 1)
			go func() {
				for p.wallet.Stats().WalletReads == 0 { // the request is not under way yet
					time.Sleep(time.Millisecond)
				}
				signalled <- service.Process.Signal(s)
			}()
			if status, answer := call(t, "POST", service.url+"/grants", shopToken, order(p)); status != 201 {
				t.Errorf("the request that ran was answered with %d %v", status, answer)
			}
			if err := <-signalled; err != nil {
				t.Error(err)
			}
			if code := service.wait(); code != 0 {
				t.Errorf("ended with %d", code)
			}
		})
	}
}

func TestAKilledServeKeepsItsGrants(t *testing.T) {
	p := newPlace(t, sandbox.Config{})
	args, env := p.serve(t)
	first := startProcess(t, args, env)
	_, grant := call(t, "POST", first.url+"/grants", shopToken, order(p))
	first.stop(t, syscall.SIGKILL)

	second := startProcess(t, args, env)
	status, same := call(t, "GET", second.url+"/grants/"+grant["id"].(string), shopToken, "")
	if status != 200 || same["consentUrl"] != grant["consentUrl"] || same["status"] != "pending" {
		t.Errorf("%d %v", status, same)
	}
	if code := second.stop(t, syscall.SIGTERM); code != 0 {
		t.Errorf("ended with %d", code)
	}
}
