package faults

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/opgrants/opgrants/test/peers"
)

const appToken = "shop-token-0123456789-abcdef"

// A served is the built binary that serves.
type served struct {
	cmd     *exec.Cmd
	url     string
	mu      sync.Mutex
	log     bytes.Buffer
	logDone chan struct{}
}

var build struct {
	once sync.Once
	path string
	err  error
}

// binary builds the program once.
func binary(t *testing.T) string {
	t.Helper()
	build.once.Do(func() {
		dir, err := os.MkdirTemp("", "opgrants-faults-") //nolint:usetesting // it outlives this test; TestMain removes it
		build.path, build.err = filepath.Join(dir, "opgrants"), err
		if err == nil {
			cmd := exec.Command("go", "build", "-o", build.path, "./cmd/opgrants")
			cmd.Dir = peers.Root(t)
			var out []byte
			if out, build.err = cmd.CombinedOutput(); build.err != nil {
				build.err = fmt.Errorf("%w: %s", build.err, out)
			}
		}
	})
	if build.err != nil {
		t.Fatal(build.err)
	}
	return build.path
}

// startServe runs `opgrants serve`.
func startServe(t *testing.T, w walletProcess, keyFile, dataFile, listen string, args ...string) *served {
	t.Helper()
	s := &served{logDone: make(chan struct{})}
	s.cmd = exec.Command(binary(t), append([]string{"serve", "--listen", listen, "--insecure-allow-local", "--data-file", dataFile}, args...)...)
	s.cmd.Env = append(os.Environ(), "WALLET_ADDRESS="+w.Client, "KEY_ID=key-1", "PRIVATE_KEY_PATH="+keyFile,
		"API_TOKEN=shop:"+appToken, "RETURN_URLS=https://shop.example/thanks")
	out, err := s.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.cmd.Process.Kill(); _ = s.cmd.Wait() })
	listening := make(chan string, 1)
	go func() {
		defer close(s.logDone)
		lines := bufio.NewScanner(out)
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			var line struct{ Message, URL string }
			if json.Unmarshal(lines.Bytes(), &line) == nil && line.Message == "listening" {
				listening <- line.URL
			}
			s.mu.Lock()
			s.log.WriteString(lines.Text() + "\n")
			s.mu.Unlock()
		}
	}()
	select {
	case s.url = <-listening:
	case <-time.After(30 * time.Second):
		t.Fatalf("it does not listen:\n%s", s.logged())
	}
	return s
}

func (s *served) logged() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.log.String()
}

// end sends a signal, and returns the exit code and how long it took.
func (s *served) end(sig syscall.Signal) (code int, took time.Duration) {
	began := time.Now()
	_ = s.cmd.Process.Signal(sig)
	<-s.logDone
	_ = s.cmd.Wait()
	return s.cmd.ProcessState.ExitCode(), time.Since(began)
}

// memory returns the memory of the process that is no file, in bytes. Linux only:
// 0 elsewhere.
func (s *served) memory() int64 {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	found := regexp.MustCompile(`RssAnon:\s+(\d+) kB`).FindSubmatch(status)
	if found == nil {
		return 0
	}
	kb, _ := strconv.ParseInt(string(found[1]), 10, 64)
	return kb << 10
}

// goroutines ends the process, which prints what runs in it, and counts that.
func (s *served) goroutines() int {
	s.end(syscall.SIGQUIT)
	return len(regexp.MustCompile(`(?m)^goroutine \d+ `).FindAllString(s.logged(), -1))
}
