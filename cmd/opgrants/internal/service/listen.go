package service

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// stopTime is how long requests under way may take after the end was asked for. A
// finish takes up to 28 s, and cut short it would leave a grant of unknown outcome.
const stopTime = 30 * time.Second

// A bounds is what one connection may use.
type bounds struct {
	readHeader, read, write, idle, stop time.Duration
	headerBytes                         int
}

var defaultBounds = bounds{
	readHeader:  5 * time.Second,
	read:        10 * time.Second,
	write:       stopTime + 10*time.Second, // counts from the end of the header
	idle:        time.Minute,
	stop:        stopTime,
	headerBytes: 32 << 10,
}

// Listen answers requests at l with h until ctx is done. Then it takes no new
// request and waits up to 30 s for those under way. It returns an error if some
// were still running.
func Listen(ctx context.Context, l net.Listener, h http.Handler, log *slog.Logger) error {
	return defaultBounds.listen(ctx, l, h, log)
}

func (b bounds) listen(ctx context.Context, l net.Listener, h http.Handler, log *slog.Logger) error {
	server := &http.Server{
		Handler:           h,
		ReadHeaderTimeout: b.readHeader,
		ReadTimeout:       b.read,
		WriteTimeout:      b.write,
		IdleTimeout:       b.idle,
		MaxHeaderBytes:    b.headerBytes,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(l) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	log.Info("stopping")
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), b.stop)
	defer cancel()
	if err := server.Shutdown(end); err != nil {
		return errors.Join(fmt.Errorf("requests were still running after %s: %w", b.stop, err), server.Close())
	}
	return nil
}
