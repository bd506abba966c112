//go:build tools

package deployment_test

import (
	"bytes"
	"crypto/rand"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/opgrants/opgrants/test/peers"
)

// What `make local` runs: the shop is used, each function is invoked with the command
// that it prints, and nothing is left when it ends.
func TestTheShopWorksWithTheFunctionsInContainers(t *testing.T) {
	t.Parallel()
	host, err := dockerEngine(t)
	if err != nil {
		t.Logf("without sam local, under the emulator alone: %v", err) // as TestTheFunctions does
		return
	}
	programs := buildPrograms(t)
	t.Run("until the shop is done", func(t *testing.T) {
		l := runLocal(t, host, programs, "-auto")
		l.endsWell(t)
		if !strings.Contains(l.output.String(), "All 12 steps went well.") {
			t.Errorf("printed is\n%s", l.output)
		}
	})
	t.Run("until Ctrl-C", func(t *testing.T) {
		l := runLocal(t, host, programs)
		service := l.printed(t, `service  (\S+)`)
		answer, err := http.Get(service + "/grants/XX6qQs0tS6VpRAJKcvCGcw") // so that there is a container
		if err != nil || answer.StatusCode != http.StatusNotFound {
			t.Fatalf("%v, %v", answer, err)
		}
		_ = answer.Body.Close()
		l.invokesEachFunction(t, host)
		if n := len(l.processes(t)); n < 5 { // local itself, DynamoDB, AWS, SAM and the shop
			t.Errorf("only %d programs run", n)
		}
		if err := l.cmd.Process.Signal(os.Interrupt); err != nil {
			t.Fatal(err)
		}
		l.endsWell(t)
	})
}

// buildPrograms is the folder with opgrants and local.
func buildPrograms(t *testing.T) string {
	t.Helper()
	dir := t.TempDir() + string(filepath.Separator)
	cmd := exec.CommandContext(t.Context(), "go", "build", "-o", dir, "./cmd/opgrants", "./make/local")
	cmd.Dir = peers.Root(t)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return dir
}

type localRun struct {
	cmd        *exec.Cmd
	output     *buffer
	ended      chan struct{}
	err        error         // once it has ended
	containers func() string // that there are
	before     string
	mark       string // a variable that all programs have which it starts
}

func runLocal(t *testing.T, dockerHost, programs string, args ...string) *localRun {
	t.Helper()
	l := &localRun{output: &buffer{}, ended: make(chan struct{}), mark: "OPGRANTS_TEST_MARK=" + rand.Text()}
	l.containers = func() string {
		cmd := exec.Command("docker", "ps", "--all", "--quiet")
		cmd.Env = append(os.Environ(), "DOCKER_HOST="+dockerHost)
		out, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		return string(out)
	}
	l.before = l.containers()
	l.cmd = exec.Command(filepath.Join(programs, "local"), args...)
	l.cmd.Dir, l.cmd.Env = peers.Root(t), append(os.Environ(), "DOCKER_HOST="+dockerHost, l.mark)
	l.cmd.Stdout, l.cmd.Stderr = l.output, l.output
	l.cmd.WaitDelay = 5 * time.Second // for the shop, which has them too
	if err := l.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		l.err = l.cmd.Wait()
		close(l.ended)
	}()
	t.Cleanup(func() {
		_ = l.cmd.Process.Signal(os.Interrupt)
		select {
		case <-l.ended:
		case <-time.After(time.Minute):
			_ = l.cmd.Process.Kill()
			<-l.ended
		}
		if t.Failed() {
			log, _ := os.ReadFile(filepath.Join(l.cmd.Dir, ".aws-sam", "local", "functions.log"))
			t.Logf("the functions:\n%s", log)
		}
	})
	return l
}

// printed waits for what it prints.
func (l *localRun) printed(t *testing.T, pattern string) string {
	t.Helper()
	for range 1200 {
		if found := regexp.MustCompile(pattern).FindSubmatch(l.output.Bytes()); found != nil {
			return string(found[1])
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Fatalf("there is no %q in\n%s", pattern, l.output)
	return ""
}

// processes are the command lines of local and of all that it has started, as far as
// they run. (That nobody listens at their ports would say less: another test may.)
func (l *localRun) processes(t *testing.T) (commands []string) {
	t.Helper()
	all, err := filepath.Glob("/proc/[0-9]*")
	if err != nil || len(all) == 0 {
		t.Fatalf("no processes are to be seen: %v", err)
	}
	for _, process := range all {
		environ, _ := os.ReadFile(filepath.Join(process, "environ")) // it may have ended meanwhile
		if bytes.Contains(environ, []byte(l.mark)) {
			command, _ := os.ReadFile(filepath.Join(process, "cmdline"))
			commands = append(commands, strings.ReplaceAll(string(command), "\x00", " "))
		}
	}
	return commands
}

// endsWell: without an error, and nothing that it has started still runs.
func (l *localRun) endsWell(t *testing.T) {
	t.Helper()
	select {
	case <-l.ended:
		if l.err != nil {
			t.Fatalf("%v\n%s", l.err, l.output)
		}
	case <-time.After(5 * time.Minute):
		t.Fatalf("it does not end:\n%s", l.output)
	}
	if now := l.containers(); now != l.before {
		t.Errorf("containers are left:\n%s", now)
	}
	if left := l.processes(t); len(left) > 0 {
		t.Errorf("these programs still run: %v", left)
	}
}
