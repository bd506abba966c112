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
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/cli"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/service"
	"github.com/opgrants/opgrants/internal/config"
	"github.com/opgrants/opgrants/internal/keeping"
)

// Admin is `opgrants admin`: what an operator asks a running `opgrants serve`.
type Admin struct {
	GivenUp AdminGivenUp `cmd:"" name:"given-up" help:"List the grants that the service has given up: it no longer tries to rotate their tokens or to cancel them."`
	Retry   AdminRetry   `cmd:"" name:"retry" help:"Have a grant tried again that was given up."`
}

// AdminFlags say which service is meant.
type AdminFlags struct {
	DataFile string          `name:"data-file" env:"DATA_FILE" default:"opgrants.db" placeholder:"FILE" help:"The data file of the running service; default ${default}. Its socket is beside it."`
	EnvFile  cli.EnvFiles    `name:"env-file" sep:"none" placeholder:"FILE" help:"Read variables from this file too, as serve does."`
	Output   cli.OutputFlags `embed:""`
}

// AdminGivenUp is `opgrants admin given-up`.
type AdminGivenUp struct {
	AdminFlags `embed:""`
}

// AdminRetry is `opgrants admin retry`.
type AdminRetry struct {
	ID         string `arg:"" name:"id" help:"The grant's id."`
	AdminFlags `embed:""`
}

// Help is the long text of --help.
func (*Admin) Help() string {
	return `Talks to "opgrants serve" on this machine, through the socket beside its data file. Only the user that serve runs as may
use it.` + exitCodes(exit.OK, exit.Internal, exit.Usage, exit.NotRunning)
}

// Help is the long text of --help.
func (*AdminGivenUp) Help() string {
	return `Prints one line for each grant, the earliest first: its id, when it was given up, what could not be done (a rotation or a
cancel), how often that was tried, the host of the wallet, and the owner, between tabs.` + exitCodes(exit.OK, exit.Internal, exit.Usage, exit.NotRunning)
}

// Help is the long text of --help.
func (*AdminRetry) Help() string {
	return `Makes a grant that was given up due at once. If that fails again, it is given up again; the log of serve says why.` +
		exitCodes(exit.OK, exit.Internal, exit.Usage, exit.NotRunning)
}

// Run lists the grants.
func (c *AdminGivenUp) Run(ctx context.Context, term *cli.Terminal) error {
	out := c.Output.To(term)
	return out.End(c.run(ctx, term, out))
}

// run prints the grants page by page.
func (c *AdminGivenUp) run(ctx context.Context, term *cli.Terminal, out *cli.Output) error {
	all := []keeping.GivenUp{}
	for next, more := "", true; more; {
		var page keeping.Page
		if err := c.call(ctx, term, http.MethodGet, service.GivenUpPath+"?next="+url.QueryEscape(next), &page); err != nil {
			return err
		}
		for _, g := range page.Grants {
			if c.Output.JSON {
				all = append(all, g)
				continue
			}
			err := term.Print("%s\t%s\t%s\t%d\t%s\t%s", g.ID, g.GivenUpAt.Format(time.RFC3339), g.Due, g.Tries, g.Host, g.Owner)
			if err != nil {
				return err
			}
		}
		next, more = page.Next, page.Next != ""
	}
	out.Grants(all)
	return nil
}

// Run has the grant tried again.
func (c *AdminRetry) Run(ctx context.Context, term *cli.Terminal) error {
	out := c.Output.To(term)
	if !grantID.MatchString(c.ID) && config.Describe(c.ID) != strconv.Quote(c.ID) { // it may be a secret
		return out.End(exit.Usage.With("This is not the id of a grant: `opgrants admin given-up` prints them.").Then("opgrants admin given-up"))
	}
	err := c.call(ctx, term, http.MethodPost, service.RetryPath(url.QueryEscape(c.ID)), nil)
	if err == nil {
		term.Say("The grant is due now. The log of serve says what becomes of it.")
	}
	return out.End(err)
}

// grantID matches the ids of grants: 16 bytes in base64url.
var grantID = regexp.MustCompile(`^[A-Za-z0-9_-]{22}$`)

// call asks the service. What it answers is decoded into answer.
func (c *AdminFlags) call(ctx context.Context, term *cli.Terminal, method, path string, answer any) error {
	defer term.Waiting("opgrants serve")()
	file := config.Unquote(c.DataFile)
	socket := service.AdminSocket(file)
	client := &http.Client{Timeout: time.Minute, Transport: &http.Transport{DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", socket)
		}}}
	r, err := http.NewRequestWithContext(ctx, method, "http://serve"+path, nil)
	if err != nil {
		return err
	}
	got, err := client.Do(r)
	var with *url.Error
	if errors.As(err, &with) {
		err = with.Err // without the URL
	}
	var dial *net.OpError
	switch {
	case errors.As(err, &dial) && dial.Op == "dial":
		return exit.NotRunning.With("Nobody answers at %s: start opgrants serve with this data file, or give the one of the service that runs with DATA_FILE or --data-file, as the user that it runs as (%w).",
			config.DescribePath(socket), dial.Err)
	case err != nil:
		return err
	}
	defer func() { _ = got.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(got.Body, 8<<20))
	switch said := strings.TrimSpace(string(body)); {
	case err != nil:
		return err
	case got.StatusCode == http.StatusNotFound, got.StatusCode == http.StatusConflict:
		return exit.Usage.With("%s: %s.", c.what(path), said)
	case got.StatusCode >= http.StatusBadRequest:
		return fmt.Errorf("opgrants serve answered %d: %s", got.StatusCode, said)
	case answer == nil:
		return nil
	}
	return json.Unmarshal(body, answer)
}

func (c *AdminFlags) what(path string) string {
	if _, id, ok := strings.Cut(path, "?id="); ok {
		return "Grant " + id
	}
	return "The service"
}
