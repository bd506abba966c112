package consent

import (
	"context"
	"net/url"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/cli"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
)

// stateParameter is in the query of the return URL, and shows that a link is the one that
// belongs to this command.
const stateParameter = "state"

// ReturnURL is where a service sends the browser in the end. state cannot be guessed.
func (r *Return) ReturnURL(state string) string {
	u := *r.URL
	query := u.Query()
	query.Set(stateParameter, state)
	u.RawQuery = query.Encode()
	return u.String()
}

// Code waits until the browser comes back from a service, and returns the one-time code
// that it brings. The error says why there is none: the user refused, or left.
func (r *Return) Code(ctx context.Context, term *cli.Terminal, state string) (string, error) {
	return r.wait(ctx, term, r.flags.Timeout, expected{
		read:    func(rawQuery string) (string, error) { return readCode(state, rawQuery) },
		ignored: "A link that is not the one of this command was opened and ignored. Still waiting.",
		late:    "Nobody opened the link of this command in time.",
	})
}

// readCode reads the query of the return URL. Only the service knows whether the code is
// right, and what became of a grant without one.
func readCode(state, rawQuery string) (code string, err error) {
	query, err := url.ParseQuery(rawQuery)
	switch {
	case err != nil || query.Get(stateParameter) != state:
		return "", exit.WrongHash.With("Open the link that this command printed, and let the wallet redirect the browser.")
	case query.Get("code") != "":
		return query.Get("code"), nil
	case query.Get("status") == "rejected":
		return "", exit.UserRefused.With("")
	}
	return "", exit.Left.With("The service says: %s.", cli.QuoteForeign(query.Get("error")))
}
