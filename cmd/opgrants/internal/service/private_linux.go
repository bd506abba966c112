package service

import (
	"context"
	"net"
	"syscall"
)

// listenPrivate makes a socket to which only this user may connect. The socket has its
// mode before it has a name, so that at no moment another user may connect.
func listenPrivate(ctx context.Context, path string) (net.Listener, error) {
	private := func(_, _ string, c syscall.RawConn) (err error) {
		failed := c.Control(func(fd uintptr) { err = syscall.Fchmod(int(fd), 0o600) })
		if failed != nil {
			return failed
		}
		return err
	}
	return (&net.ListenConfig{Control: private}).Listen(ctx, "unix", path)
}
