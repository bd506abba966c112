package consent

import (
	"context"
	"errors"
	"time"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/cli"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
)

// An expected is what the browser comes back with.
type expected struct {
	// read takes what is needed from the query of the URL. A URL for which it returns
	// [exit.WrongHash] is ignored; anybody can make a browser open such a link.
	read    func(rawQuery string) (string, error)
	ignored string // said about such a URL
	late    string // said if no other URL came
}

// wait waits for the browser, for limit at most, and returns what it brings.
func (r *Return) wait(ctx context.Context, term *cli.Terminal, limit time.Duration, what expected) (value string, err error) {
	waiting, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	until := time.Now().Add(limit).Format(time.TimeOnly)
	if r.flags.Paste {
		term.Say("Waiting %s (until %s). When the browser ends at %s, paste that whole URL here:", limit, until, r.URL)
		value, err = paste(waiting, term.In, what.read)
	} else {
		term.Say("Waiting %s (until %s) for the browser to come back to %s", limit, until, r.URL)
		value, err = newCallback(term, r.URL, what).wait(waiting, r.listeners)
	}
	if errors.Is(err, context.DeadlineExceeded) {
		err = exit.TimedOut.With("The wait was %s; --timeout makes it longer.", limit)
	}
	return value, err
}
