package command

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"time"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/cli"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/service"
	"github.com/opgrants/opgrants/internal/config"
	"github.com/opgrants/opgrants/internal/keeping"
)

// AdminGivenUp is `opgrants admin given-up`.
type AdminGivenUp struct {
	AdminFlags `embed:""`
}

// Help is the long text of --help.
func (*AdminGivenUp) Help() string {
	return `Prints one line for each grant, the earliest first: its id, when it was given up, what could not be done (a rotation or a
cancel), how often that was tried, the host of the wallet, and the owner, between tabs.` + exitCodes(exit.OK, exit.Internal, exit.Usage, exit.NotRunning)
}

// Run lists the grants.
func (c *AdminGivenUp) Run(ctx context.Context, term *cli.Terminal) error {
	out := c.Output.To(term)
	return out.End(c.run(ctx, term, out))
}

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

// AdminRetry is `opgrants admin retry`.
type AdminRetry struct {
	ID         string `arg:"" name:"id" help:"The grant's id."`
	AdminFlags `embed:""`
}

// Help is the long text of --help.
func (*AdminRetry) Help() string {
	return `Makes a grant that was given up due at once. If that fails again, it is given up again; the log of serve says why.` +
		exitCodes(exit.OK, exit.Internal, exit.Usage, exit.NotRunning)
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
