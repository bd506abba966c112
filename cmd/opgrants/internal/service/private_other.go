//go:build !linux

package service

import (
	"context"
	"errors"
	"net"
	"os"
)

// listenPrivate makes a socket to which only this user may connect. Here a socket has
// a mode only once it has a name: until then the mode is that of the umask.
func listenPrivate(ctx context.Context, path string) (net.Listener, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "unix", path)
	if err != nil {
		return nil, err
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}
