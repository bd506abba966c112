package main

import (
	"context"
	"fmt"
	"log"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

func freeAddress() string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// startServer runs a command of opgrants until stop is called, once it listens.
func startServer(ctx context.Context, program, dir, address string, args ...string) (pid int, stop func(), err error) {
	output, err := os.Create(filepath.Join(dir, args[0]+".log"))
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = output.Close() }()
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir = dir
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "API_TOKEN=shop:" + benchToken}
	cmd.Stdout, cmd.Stderr = output, output
	if err := cmd.Start(); err != nil {
		return 0, nil, err
	}
	exited := make(chan error, 1)
	go func() { exited <- cmd.Wait() }()
	stop = func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		<-exited //nolint:errcheck // stopped
	}
	for range 500 {
		if c, err := new(net.Dialer).DialContext(ctx, "tcp", address); err == nil {
			return cmd.Process.Pid, stop, c.Close()
		}
		select {
		case err := <-exited:
			text, _ := os.ReadFile(output.Name())
			return 0, nil, fmt.Errorf("opgrants %s has ended: %v\n%s", args[0], err, text)
		case <-time.After(20 * time.Millisecond):
		}
	}
	stop()
	return 0, nil, fmt.Errorf("opgrants %s does not listen at %s", args[0], address)
}
