package command

import (
	"context"
	"net/http"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/cli"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/service"
)

// AdminReady is `opgrants admin ready`.
type AdminReady struct {
	AdminFlags `embed:""`
}

// Help is the long text of --help.
func (*AdminReady) Help() string {
	return `Ends with 0 if GET /readyz answers 200: the store and the signing key can be read, and the service is not stopping. An
image without a shell uses it as its health check.` + exitCodes(exit.OK, exit.Internal, exit.NotRunning)
}

// Run asks the service.
func (c *AdminReady) Run(ctx context.Context, term *cli.Terminal) error {
	err := c.call(ctx, term, http.MethodGet, service.ReadyPath, nil)
	if err == nil {
		term.Say("The service is ready.")
	}
	return c.Output.To(term).End(err)
}
