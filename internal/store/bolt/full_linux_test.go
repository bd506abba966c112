package bolt

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// fileOnFullDisk makes this test binary the process whose disk is full.
const fileOnFullDisk = "OPGRANTS_TEST_BOLT_FULL"

func init() {
	if path := os.Getenv(fileOnFullDisk); path != "" {
		if err := fillDisk(path); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		fmt.Println("all is well")
		os.Exit(0)
	}
}

// A disk that is full refuses writes. What was written before is there, and when
// there is room again the same process goes on.
func TestAFullDiskRefusesWritesAndLosesNothing(t *testing.T) {
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), fileOnFullDisk+"="+filepath.Join(t.TempDir(), "grants.db"))
	out, err := child.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "all is well") {
		t.Errorf("%v: %s", err, out)
	}
}

// fillDisk limits how large its files may be, which fails writes as a full disk
// does.
func fillDisk(path string) error {
	signal.Ignore(syscall.SIGXFSZ)
	s, err := Open(path)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := limitFiles(256 << 10); err != nil {
		return err
	}
	n := 0
	for ; err == nil; n++ {
		it := numbered(n)
		it.ID = "grant-" + strconv.Itoa(n)
		err = s.Create(ctx, it)
		if n > 10_000 {
			return errors.New("the disk is never full")
		}
	}
	refused := n - 1
	if !strings.Contains(err.Error(), syscall.EFBIG.Error()) || refused < 10 {
		return fmt.Errorf("write %d: %w", refused, err)
	}
	for i := range refused {
		if _, err := s.Get(ctx, "grant-"+strconv.Itoa(i)); err != nil {
			return fmt.Errorf("while the disk is full: %w", err)
		}
	}
	if err := limitFiles(1 << 30); err != nil {
		return err
	}
	it := numbered(refused)
	it.ID = "grant-" + strconv.Itoa(refused)
	if err := s.Create(ctx, it); err != nil {
		return fmt.Errorf("once there is room: %w", err)
	}
	if err := s.Close(); err != nil {
		return err
	}
	if s, err = Open(path); err != nil {
		return err
	}
	for i := range n {
		if _, err := s.Get(ctx, "grant-"+strconv.Itoa(i)); err != nil {
			return fmt.Errorf("opened again: %w", err)
		}
	}
	return s.Close()
}

func limitFiles(size uint64) error {
	return syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: size, Max: syscall.RLIM_INFINITY & (1<<63 - 1)})
}
