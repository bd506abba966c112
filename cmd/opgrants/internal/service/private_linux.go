package service

import "syscall"

// keepPrivate gives a socket its mode before it has a name, so that at no moment
// another user may connect to it.
func keepPrivate(_, _ string, c syscall.RawConn) error {
	var failed error
	err := c.Control(func(fd uintptr) { failed = syscall.Fchmod(int(fd), 0o600) })
	if err != nil {
		return err
	}
	return failed
}
