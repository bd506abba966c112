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

// A stepResult is what --json prints about a step.
type stepResult struct {
	Step     int           `json:"step"` // from 1
	Does     string        `json:"does"`
	OK       bool          `json:"ok"`
	Requests []stepRequest `json:"requests"`
}

// A stepRequest is a request that was made for a step.
type stepRequest struct {
	From         string `json:"from"`
	To           string `json:"to"`
	Method       string `json:"method"`
	Status       int    `json:"status"`
	Milliseconds int64  `json:"milliseconds"`
	Meaning      string `json:"meaning"`
}

// runSteps does all steps with a browser for Alice and one for a stranger, and prints
// each. It returns an error if one failed.
func runSteps(ctx context.Context, out *cli.Output, s *servers) error {
	a := &customer{servers: s, alice: newBrowser(), stranger: newBrowser()}
	steps := a.steps()
	var results []stepResult
	for i, step := range steps {
		start := time.Now()
		err := step.do(ctx)
		r := stepResult{Step: i + 1, Does: step.says, OK: err == nil, Requests: []stepRequest{}}
		for _, e := range a.journal.Since(start) {
			r.Requests = append(r.Requests, stepRequest{e.From, e.To, e.Method, e.Status, e.Milliseconds(), e.Meaning()})
		}
		results = append(results, r)
		out.Steps(results)
		if printed := out.Text(a.describe(r, err)); printed != nil {
			return printed
		}
		switch {
		case ctx.Err() != nil:
			return exit.Interrupted.With("")
		case err != nil:
			return exit.StepFailed.With("Step %d: %w.", i+1, err)
		}
	}
	return out.Text(fmt.Sprintf("All %d steps went well. Without --auto you do them yourself, in a browser.", len(steps)))
}

// describe returns a step and the requests that were made for it, as text.
func (a *customer) describe(r stepResult, err error) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d. %s\n", r.Step, r.Does)
	for _, q := range r.Requests {
		fmt.Fprintf(&b, "     %-7s → %-7s  %-6s %3d  %5d ms  %s\n", q.From, q.To, q.Method, q.Status, q.Milliseconds, q.Meaning)
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
	return b.String()
}
