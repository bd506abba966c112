//go:build unix

package main

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

func TestWhenAProcessEndsAllElseDoes(t *testing.T) {
	l := &local{built: t.TempDir()}
	ctx, stop := context.WithCancelCause(t.Context())
	l.stop = stop
	if err := l.start("dynamodb", exec.Command("sleep", "60")); err != nil {
		t.Fatal(err)
	}
	if err := l.start("functions", exec.Command("sh", "-c", "echo why; exit 3")); err != nil {
		t.Fatal(err)
	}
	<-ctx.Done()
	if e := (ending{}); !errors.As(context.Cause(ctx), &e) || e.name != "functions" {
		t.Errorf("ended because of %v", context.Cause(ctx))
	}
	l.endAll()
	for _, p := range l.running {
		if p.cmd.ProcessState == nil {
			t.Errorf("%v still runs", p.cmd)
		}
	}
	if log, err := os.ReadFile(filepath.Join(l.built, "functions.log")); string(log) != "why\n" {
		t.Errorf("its log is %q, %v", log, err)
	}
}
