package endtoend

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/opgrants/opgrants/test/parallel"
)

// everything that the tests of this package logged, at debug level, and the
// wallets that know its secrets.
var (
	logged   = &shared{}
	secretsM sync.Mutex
	secrets  []func() []string
	atEnd    []func() // what outlives a test
)

// TestMain searches the log of the whole run for each secret of the run.
func TestMain(m *testing.M) {
	if os.Getenv(childEnv) != "" {
		serveAsChild()
		return
	}
	code := parallel.Run(m, parallel.Waiting)
	for _, end := range atEnd {
		end()
	}
	if leaks := leaked(); leaks > 0 && code == 0 {
		code = 1
	}
	os.Exit(code)
}

func leaked() (leaks int) {
	log, searched := logged.String(), 0
	for _, known := range secrets {
		for _, secret := range known() {
			searched++
			if strings.Contains(log, secret) {
				leaks++
				fmt.Println("FAIL: the log of the run holds a secret:", line(log, secret))
			}
		}
	}
	if searched == 0 || len(log) == 0 {
		fmt.Printf("FAIL: %d secrets searched for in %d bytes of log\n", searched, len(log))
		leaks++
	}
	return leaks
}

func line(log, secret string) string {
	for l := range strings.Lines(log) {
		if strings.Contains(l, secret) {
			return l
		}
	}
	return ""
}

func knows(s func() []string) {
	secretsM.Lock()
	defer secretsM.Unlock()
	secrets = append(secrets, s)
}

type shared struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *shared) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *shared) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}
