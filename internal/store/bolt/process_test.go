package bolt

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/test/storetest"
)

// This test binary is also the other process: with fileOfOther set it writes to
// that file until it is killed.
const fileOfOther = "OPGRANTS_TEST_BOLT_FILE"

func TestMain(m *testing.M) {
	if path := os.Getenv(fileOfOther); path != "" {
		fmt.Println(writeUntilKilled(path))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// writeUntilKilled says each version that it has written.
func writeUntilKilled(path string) error {
	s, err := Open(path)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Hour)
	defer cancel()
	it := &grant.Item{ID: "a"}
	for err = s.Create(ctx, it); err == nil; err = s.Update(ctx, it) {
		fmt.Println(it.Version)
	}
	return err
}

func TestASecondProcessIsToldSoInsteadOfHanging(t *testing.T) {
	path := filepath.Join(t.TempDir(), "grants.db")
	out := startOther(t, path)
	readLine(t, out)
	began := time.Now()
	s, err := Open(path)
	if err == nil {
		_ = s.Close()
	}
	if err == nil || !strings.Contains(err.Error(), "another process has the data file "+path) {
		t.Errorf("got %v", err)
	}
	if took := time.Since(began); took > 3*time.Second {
		t.Errorf("it took %v", took)
	}
}

func TestWhatWasAnsweredSurvivesAKill(t *testing.T) {
	path := filepath.Join(t.TempDir(), "grants.db")
	out := startOther(t, path)
	var said int64
	for said < 20 {
		if _, err := fmt.Sscan(readLine(t, out), &said); err != nil {
			t.Fatal(err)
		}
	}
	if err := out.other.Process.Kill(); err != nil { // SIGKILL
		t.Fatal(err)
	}
	rest, _ := io.ReadAll(out.lines)
	_ = out.other.Wait()
	for line := range strings.SplitAfterSeq(string(rest), "\n") {
		if strings.HasSuffix(line, "\n") {
			if _, err := fmt.Sscan(line, &said); err != nil {
				t.Fatal(err)
			}
		}
	}
	it, err := open(t, path).Get(storetest.Deadline(t), "a")
	if err != nil {
		t.Fatal(err)
	}
	if it.Version != said && it.Version != said+1 { // one may have been written and not said
		t.Errorf("version %d is there, %d was answered", it.Version, said)
	}
}

type other struct {
	other *exec.Cmd
	lines *bufio.Reader
}

func startOther(t *testing.T, path string) other {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), fileOfOther+"="+path)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	return other{cmd, bufio.NewReader(out)}
}

func readLine(t *testing.T, o other) string {
	t.Helper()
	line, err := o.lines.ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return line
}
