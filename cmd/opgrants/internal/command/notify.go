package command

import (
	"context"
	"log/slog"
	"net"
)

// A notifier is the path of the socket at which systemd wants to hear how a service
// with Type=notify is (sd_notify(3)). "": nobody wants to hear it.
type notifier string

// send sends a state, such as READY=1. The service goes on if that fails.
func (n notifier) send(ctx context.Context, log *slog.Logger, state string) {
	if n == "" {
		return
	}
	c, err := (&net.Dialer{}).DialContext(ctx, "unixgram", string(n)) // a path that begins with @ has no file
	if err == nil {
		_, err = c.Write([]byte(state))
		_ = c.Close()
	}
	if err != nil {
		log.WarnContext(ctx, "systemd does not hear how the service is", slog.String("state", state), slog.Any("error", err))
	}
}
