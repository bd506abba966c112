package config

import (
	"fmt"
	"slices"
	"strings"
)

// An Error is everything that is wrong with a configuration.
type Error struct {
	Problems []Problem // at least one
}

// A Problem is one setting that cannot be used, and what to do about it.
type Problem struct {
	Name   string // as the user wrote it: RETURN_URLS, --listen
	Detail string
}

func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("the configuration cannot be used:")
	for _, p := range e.Problems {
		fmt.Fprintf(&b, "\n  %s: %s", p.Name, p.Detail)
	}
	return b.String()
}

// problems collects what is wrong, so that it can be said all at once.
type problems []Problem

func (p *problems) add(name, format string, args ...any) {
	*p = append(*p, Problem{Name: name, Detail: fmt.Sprintf(format, args...)})
}

// addOnce is for a variable that is read for several settings.
func (p *problems) addOnce(name, detail string) {
	if !slices.Contains(*p, Problem{name, detail}) {
		p.add(name, "%s", detail)
	}
}

func (p problems) err() error {
	if len(p) == 0 {
		return nil
	}
	return &Error{Problems: p}
}
