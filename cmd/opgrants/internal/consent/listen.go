package consent

import (
	"errors"
	"net"
	"strings"
	"syscall"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
)

// listen listens at addr, which is the value of flag. A browser may resolve localhost
// to 127.0.0.1 or to ::1, so for localhost it listens at the same port of both.
func listen(addr, flag string) ([]net.Listener, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, exit.Usage.With("%w", err)
	}
	if !strings.EqualFold(host, "localhost") {
		l, err := net.Listen("tcp", addr)
		if err != nil {
			return nil, cannotListen(addr, flag, err)
		}
		return []net.Listener{l}, nil
	}
	const tries = 5 // a port that is free at one address may be in use at the other
	for try := 1; ; try++ {
		both, err := listenBoth(port)
		if err == nil {
			return both, nil
		}
		if port != "0" || try == tries {
			return nil, cannotListen(addr, flag, err)
		}
	}
}

func listenBoth(port string) ([]net.Listener, error) {
	v4, err4 := net.Listen("tcp4", net.JoinHostPort("127.0.0.1", port))
	if err4 != nil && !isAbsent(err4) {
		return nil, err4
	}
	if err4 == nil {
		_, port, _ = net.SplitHostPort(v4.Addr().String())
	}
	v6, err6 := net.Listen("tcp6", net.JoinHostPort("::1", port))
	switch {
	case err6 == nil && err4 == nil:
		return []net.Listener{v4, v6}, nil
	case err6 == nil:
		return []net.Listener{v6}, nil
	case err4 == nil && isAbsent(err6):
		return []net.Listener{v4}, nil
	case err4 == nil:
		_ = v4.Close()
	}
	return nil, err6
}

// isAbsent reports whether this machine does not have that version of IP.
func isAbsent(err error) bool {
	return errors.Is(err, syscall.EADDRNOTAVAIL) || errors.Is(err, syscall.EAFNOSUPPORT) ||
		errors.Is(err, syscall.EPROTONOSUPPORT)
}

func cannotListen(addr, flag string, err error) error {
	if errors.Is(err, syscall.EADDRINUSE) {
		return exit.Port.With("%s is in use: stop the program that listens there, or give another %s.", addr, flag)
	}
	return exit.Port.With("%w", err)
}
