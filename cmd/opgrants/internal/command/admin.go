package command

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/cli"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/service"
	"github.com/opgrants/opgrants/internal/config"
)

// Admin is `opgrants admin`: what an operator asks a running `opgrants serve`.
type Admin struct {
	GivenUp AdminGivenUp `cmd:"" name:"given-up" help:"List the grants that the service has given up: it no longer tries to rotate their tokens or to cancel them."`
	Retry   AdminRetry   `cmd:"" name:"retry" help:"Have a grant tried again that was given up."`
	Backup  AdminBackup  `cmd:"" name:"backup" help:"Write a copy of the data file while the service runs."`
	Ready   AdminReady   `cmd:"" name:"ready" help:"Check that the service can answer requests, for health checks of containers."`
}

// AdminFlags say which service is meant.
type AdminFlags struct {
	DataFile string          `name:"data-file" env:"DATA_FILE" default:"opgrants.db" placeholder:"FILE" help:"The data file of the running service; default ${default}. Its socket is beside it."`
	EnvFile  cli.EnvFiles    `name:"env-file" sep:"none" placeholder:"FILE" help:"Read variables from this file too, as serve does."`
	Output   cli.OutputFlags `embed:""`
}

// Help is the long text of --help.
func (*Admin) Help() string {
	return `Talks to "opgrants serve" on this machine, through the socket beside its data file. Only the user that serve runs as may
use it.` + exitCodes(exit.OK, exit.Internal, exit.Usage, exit.NotRunning)
}

const (
	answerTime   = time.Minute // for an answer that is not a backup
	answerLength = 8 << 20     // bytes
)

// call asks the service. What it answers is decoded into answer; nil: it is not read.
func (c *AdminFlags) call(ctx context.Context, term *cli.Terminal, method, path string, answer any) error {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	got, err := c.ask(ctx, term, method, path)
	if err != nil {
		return err
	}
	defer func() { _ = got.Body.Close() }()
	if answer == nil {
		return nil
	}
	return json.NewDecoder(io.LimitReader(got.Body, answerLength)).Decode(answer)
}

// ask asks the service, and returns an answer that is no error.
func (c *AdminFlags) ask(ctx context.Context, term *cli.Terminal, method, path string) (*http.Response, error) {
	defer term.Waiting("opgrants serve")()
	socket := service.AdminSocket(config.Unquote(c.DataFile))
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", socket)
		}}}
	r, err := http.NewRequestWithContext(ctx, method, "http://serve"+path, nil)
	if err != nil {
		return nil, err
	}
	got, err := client.Do(r)
	var with *url.Error
	if errors.As(err, &with) {
		err = with.Err // without the URL
	}
	var dial *net.OpError
	switch {
	case errors.As(err, &dial) && dial.Op == "dial":
		return nil, exit.NotRunning.With("Nobody answers at %s: start opgrants serve with this data file, or give the one of the service that runs with DATA_FILE or --data-file, as the user that it runs as (%w).",
			config.DescribePath(socket), dial.Err)
	case err != nil:
		return nil, err
	case got.StatusCode < http.StatusBadRequest:
		return got, nil
	}
	defer func() { _ = got.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(got.Body, answerLength))
	if err != nil {
		return nil, err
	}
	said := strings.TrimSpace(string(body))
	if got.StatusCode == http.StatusNotFound || got.StatusCode == http.StatusConflict {
		return nil, exit.Usage.With("%s: %s.", c.what(path), said)
	}
	return nil, fmt.Errorf("opgrants serve answered %d: %s", got.StatusCode, said)
}

func (c *AdminFlags) what(path string) string {
	if _, id, ok := strings.Cut(path, "?id="); ok {
		return "Grant " + id
	}
	return "The service"
}
