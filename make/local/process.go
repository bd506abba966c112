package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"time"
)

// A process runs until it is ended.
type process struct {
	cmd   *exec.Cmd
	ended chan struct{}
}

// start runs a program, whose output goes into a log if nowhere else. When it
// ends all else does; with an error, unless it went well.
func (l *local) start(name string, cmd *exec.Cmd) error {
	if cmd.Stdout == nil {
		log, err := os.Create(filepath.Join(l.built, name+".log"))
		if err != nil {
			return err
		}
		defer log.Close() // the process has its own
		cmd.Stdout, cmd.Stderr = log, log
	}
	ownGroup(cmd)
	if err := cmd.Start(); err != nil {
		return err
	}
	p := &process{cmd: cmd, ended: make(chan struct{})}
	l.running = append(l.running, p)
	go func() {
		if err := cmd.Wait(); err != nil {
			l.stop(ending{name, err})
		} else {
			l.stop(nil)
		}
		close(p.ended)
	}()
	return nil
}

// An ending is of a process that should go on.
type ending struct {
	name string
	err  error
}

func (e ending) Error() string {
	return fmt.Sprintf("the %s has ended (%v); see %s", e.name, e.err, built)
}

// endAll ends what runs, the last first.
func (l *local) endAll() {
	for _, p := range slices.Backward(l.running) {
		_ = p.cmd.Process.Signal(syscall.SIGTERM)
		select {
		case <-p.ended:
		case <-time.After(20 * time.Second): // SAM removes its containers
			_ = p.cmd.Process.Kill()
			<-p.ended
		}
	}
}

// listening waits until somebody listens there.
func listening(ctx context.Context, port string) error {
	const patience = time.Minute
	ctx, cancel := context.WithTimeoutCause(ctx, patience, errors.New("nobody listens at port "+port+" yet"))
	defer cancel()
	for {
		conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", "127.0.0.1:"+port)
		if err == nil {
			return conn.Close()
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(50 * time.Millisecond):
		}
	}
}
