//go:build tools

package deployment_test

import (
	"archive/tar"
	"bytes"
	"context"
	"debug/elf"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/opgrants/opgrants/test/peers"
)

// dockerEngine is the DOCKER_HOST of an engine that has [peers.LambdaImage]: of
// the one that runs, or of one started for this test, as root. The error says
// why there is none.
func dockerEngine(t *testing.T) (host string, err error) {
	t.Helper()
	host = os.Getenv("DOCKER_HOST")
	if docker(t, host, nil, "version") != nil {
		if host, err = startDocker(t); err != nil {
			return "", err
		}
	}
	if docker(t, host, nil, "image", "inspect", peers.LambdaImage()) == nil {
		return host, nil
	}
	image, err := standIn()
	if err != nil {
		return "", err
	}
	if err := docker(t, host, image, "import", "-c", "ENV PATH=/bin", "-", peers.LambdaImage()); err != nil {
		return "", err
	}
	t.Cleanup(func() { _ = docker(t, host, nil, "image", "rm", "--force", peers.LambdaImage()) })
	return host, nil
}

func startDocker(t *testing.T) (host string, err error) {
	dockerd, err := exec.LookPath("dockerd")
	if err != nil {
		return "", err
	}
	if os.Geteuid() != 0 {
		return "", errors.New("no Docker engine runs, and only root can start one")
	}
	dir, err := os.MkdirTemp("", "docker") //nolint:usetesting // short, as a socket's path must be
	if err != nil {
		return "", err
	}
	host = "unix://" + filepath.Join(dir, "socket")
	var log buffer
	cmd := exec.Command(dockerd, "--data-root", filepath.Join(dir, "data"), "--exec-root", filepath.Join(dir, "exec"),
		"--pidfile", filepath.Join(dir, "pid"), "--host", host)
	cmd.Stdout, cmd.Stderr = &log, &log
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
		if docker(t, host, nil, "version") == nil {
			return host, nil
		}
		select {
		case <-exited:
			return "", fmt.Errorf("dockerd ended: %w: …%s", end, log.end())
		case <-time.After(100 * time.Millisecond):
		}
	}
	return "", fmt.Errorf("dockerd does not answer: …%s", log.end())
}

func (b *buffer) end() []byte {
	all := b.Bytes()
	return bytes.TrimSpace(all[max(0, len(all)-300):])
}

func docker(t *testing.T, host string, stdin []byte, args ...string) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), time.Minute) // in a cleanup too
	defer cancel()
	cmd := exec.CommandContext(ctx, "docker", args...)
	cmd.Env = append(os.Environ(), "DOCKER_HOST="+host)
	cmd.Stdin = bytes.NewReader(stdin)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("docker %s: %w: %s", args[0], err, out)
	}
	return nil
}

// standIn is an image, as a tar file, with what SAM needs of Lambda's own, which
// is large and not everywhere to be had: a shell that moves SAM's emulator to
// its place. The functions need nothing of it.
func standIn() ([]byte, error) {
	path, err := exec.LookPath("busybox")
	if err != nil {
		return nil, err
	}
	file, err := elf.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	for _, p := range file.Progs {
		if p.Type == elf.PT_INTERP {
			return nil, fmt.Errorf("%s is not static", path)
		}
	}
	busybox, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var image bytes.Buffer
	w := tar.NewWriter(&image)
	for _, dir := range []string{"bin/", "tmp/", "opt/", "var/", "var/task/", "var/runtime/", "var/rapid/"} {
		err = errors.Join(err, w.WriteHeader(&tar.Header{Typeflag: tar.TypeDir, Name: dir, Mode: 0o755}))
	}
	err = errors.Join(err, w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: "bin/busybox", Mode: 0o755, Size: int64(len(busybox))}))
	_, writing := w.Write(busybox)
	err = errors.Join(err, writing)
	for _, command := range []string{"sh", "mv", "chmod"} {
		err = errors.Join(err, w.WriteHeader(&tar.Header{Typeflag: tar.TypeSymlink, Name: "bin/" + command, Linkname: "busybox"}))
	}
	return image.Bytes(), errors.Join(err, w.Close())
}
