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
	"testing"
	"time"

	"github.com/opgrants/opgrants/test/peers"
)

// dockerEngine is the DOCKER_HOST of an engine that has [peers.LambdaImage]: of
// the one that runs, or of one started for this test, as root. The error says
// why there is none.
func dockerEngine(t *testing.T) (host string, err error) {
	t.Helper()
	if host, err = peers.DockerEngine(t); err != nil {
		return "", err
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
