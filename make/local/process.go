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

// A process is a program that was started.
type process struct {
	cmd   *exec.Cmd
	ended chan struct{}
}

// start starts a program. Its output goes to a log unless cmd says otherwise. When it
// ends, all other programs are ended too, with an error if its exit code is not 0.
func (l *local) start(name string, cmd *exec.Cmd) error {
	if cmd.Stdout == nil {
		log, err := os.Create(filepath.Join(l.built, name+".log"))
		if err != nil {
			return err
		}
		defer log.Close() // the process has a descriptor of its own
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

// An ending is the error of a program that ended before it should.
type ending struct {
	name string
	err  error
}

func (e ending) Error() string {
	return fmt.Sprintf("the %s has ended (%v); see %s", e.name, e.err, built)
}

// endAll ends all programs in the reverse order of their start.
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

// waitForPort waits until a program listens at the port of 127.0.0.1.
func waitForPort(ctx context.Context, port string) error {
	const patience = time.Minute
	ctx, cancel := context.WithTimeoutCause(ctx, patience, errors.New("no program listens at port "+port+" after a minute"))
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
