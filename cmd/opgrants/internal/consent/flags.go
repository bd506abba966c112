// Package consent asks a user for consent from a terminal: it requests a grant, waits
// until the browser comes back to a local callback, and continues the grant.
package consent

import (
	"net"
	"net/url"
	"strings"
	"time"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
	"github.com/opgrants/opgrants/internal/config"
)

// Flags say where the browser comes back to.
type Flags struct {
	Finish  string        `name:"finish" default:"http://localhost:3344" placeholder:"URL" group:"how" help:"Where the browser comes back to. Default: ${default}, where the command listens; with port 0, on a free port."`
	Listen  string        `name:"listen" placeholder:"HOST:PORT" group:"how" help:"Listen here instead, behind a tunnel that leads from --finish."`
	Paste   bool          `name:"paste" group:"how" help:"Do not listen: read the final URL from the terminal. For a remote shell or an https --finish."`
	Timeout time.Duration `name:"timeout" default:"10m" placeholder:"10m" group:"how" help:"How long to wait for the browser. Default: ${default}."`
}

// Check reports flags that contradict each other.
func (f *Flags) Check() error {
	switch {
	case f.Paste && f.Listen != "":
		return exit.Usage.With("--paste and --listen cannot be used together.")
	case f.Timeout <= 0:
		return exit.Usage.With("--timeout must be more than 0.")
	}
	return nil
}

// A Return is the place where the browser comes back to.
type Return struct {
	URL       *url.URL // as the wallet is given it
	flags     *Flags
	listeners []net.Listener // empty if the final URL is pasted, or if nobody waits for it
}

// Open listens if wait is set, unless the final URL is to be pasted. Call it before
// anything is sent: the port may be in use.
func (f *Flags) Open(wait bool) (*Return, error) {
	u, err := url.Parse(f.Finish)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.User != nil || u.Fragment != "" {
		return nil, exit.Usage.With("--finish %s: write an absolute http or https URL without a user and without a fragment.", config.Describe(f.Finish))
	}
	r := &Return{URL: u, flags: f}
	if f.Paste || !wait {
		return r, nil
	}
	addr, err := f.address(u)
	if err != nil {
		return nil, err
	}
	flag := "--finish"
	if f.Listen != "" {
		flag = "--listen"
	}
	if r.listeners, err = listen(addr, flag); err != nil {
		return nil, err
	}
	r.takePort()
	return r, nil
}

// address is the address to listen at for the finish URL.
func (f *Flags) address(finish *url.URL) (string, error) {
	switch {
	case f.Listen != "":
		if _, _, err := net.SplitHostPort(f.Listen); err != nil {
			return "", exit.Usage.With("--listen %s: write HOST:PORT, such as 127.0.0.1:3344.", config.Describe(f.Listen))
		}
		return f.Listen, nil
	case finish.Scheme != "http" || !isLoopback(finish.Hostname()):
		return "", exit.Usage.With("--finish %s: the command can listen only at http on this machine. "+
			"Say with --listen where a tunnel leads to, or read the final URL with --paste.", config.Describe(f.Finish))
	}
	port := finish.Port()
	if port == "" {
		port = "80"
	}
	return net.JoinHostPort(finish.Hostname(), port), nil
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}

// takePort puts the port of the listener into a finish URL with port 0.
func (r *Return) takePort() {
	if r.URL.Port() == "0" {
		_, port, _ := net.SplitHostPort(r.listeners[0].Addr().String())
		r.URL.Host = net.JoinHostPort(r.URL.Hostname(), port)
	}
}

// Close stops listening.
func (r *Return) Close() {
	for _, l := range r.listeners {
		_ = l.Close()
	}
}
