//go:build tools

package peers

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// DockerEngine is the DOCKER_HOST of the Docker engine that runs, or of one that is
// started for this test, as root. The error says why there is none.
func DockerEngine(t testing.TB) (host string, err error) {
	t.Helper()
	host = os.Getenv("DOCKER_HOST")
	if isDocker(host) {
		return host, nil
	}
	dockerd, err := exec.LookPath("dockerd")
	if err != nil {
		return "", err
	}
	if os.Geteuid() != 0 {
		return "", errors.New("no Docker engine runs, and only root can start one")
	}
	return startDocker(t, dockerd)
}

func startDocker(t testing.TB, dockerd string) (host string, err error) {
	t.Helper()
	dir, err := os.MkdirTemp("", "docker") //nolint:usetesting // short, as a socket's path must be
	if err != nil {
		return "", err
	}
	host = "unix://" + filepath.Join(dir, "socket")
	log := &tail{}
	cmd := exec.Command(dockerd, "--data-root", filepath.Join(dir, "data"), "--exec-root", filepath.Join(dir, "exec"),
		"--pidfile", filepath.Join(dir, "pid"), "--host", host)
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		return "", err
	}
	exited := make(chan struct{})
	var end error
	go func() {
		end = cmd.Wait()
		close(exited)
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		<-exited
		_ = os.RemoveAll(dir)
	})
	for range 300 {
		if isDocker(host) {
			return host, nil
		}
		select {
		case <-exited:
			return "", fmt.Errorf("dockerd ended: %w: %s", end, log)
		case <-time.After(100 * time.Millisecond):
		}
	}
	return "", fmt.Errorf("dockerd does not answer: %s", log)
}

func isDocker(host string) bool {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "docker", "version")
	cmd.Env = append(os.Environ(), "DOCKER_HOST="+host)
	return cmd.Run() == nil
}
