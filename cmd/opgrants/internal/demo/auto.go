package demo

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/cli"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
)

// A step is an action of a person and the check of its result.
type step struct {
	says string
	do   func(ctx context.Context) error
}

// runSteps does all steps with a browser for Alice and one for a stranger, and prints
// each. It returns an error if one failed.
func runSteps(ctx context.Context, term *cli.Terminal, s *servers) error {
	a := &customer{servers: s, alice: newBrowser(), stranger: newBrowser()}
	steps := a.steps()
	for i, step := range steps {
		start := time.Now()
		err := step.do(ctx)
		if printed := a.print(term, i+1, step.says, start, err); printed != nil {
			return printed
		}
		switch {
		case ctx.Err() != nil:
			return exit.Interrupted.With("")
		case err != nil:
			return exit.StepFailed.With("Step %d: %w.", i+1, err)
		}
	}
	return term.Print("All %d steps went well. Without --auto you do them yourself, in a browser.", len(steps))
}

// print prints a step and the requests that were made for it.
func (a *customer) print(term *cli.Terminal, number int, says string, start time.Time, err error) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%d. %s\n", number, says)
	for _, e := range a.journal.Since(start) {
		fmt.Fprintf(&b, "     %-7s → %-7s  %-6s %3d  %5d ms  %s\n", e.From, e.To, e.Method, e.Status, e.Milliseconds(), e.Meaning())
	}
	if a.reason != "" {
		fmt.Fprintf(&b, "     The shop says: %s\n", a.reason)
		a.reason = ""
	}
	if err != nil {
		fmt.Fprintf(&b, "   FAILED: %v\n", err)
	} else {
		b.WriteString("   ok\n")
	}
	return term.Print("%s", b.String())
}
