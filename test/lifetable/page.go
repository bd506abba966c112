// Package lifetable is what the tests of a table of states and events have in
// common: the page of documentation that is printed from the table, and a store
// whose writes end as a test says.
package lifetable

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the page of documentation of the table")

// A Row is an event of the table, the states before and after it, and what has
// happened.
type Row[S ~string] struct {
	Event    string
	From, To []S
	Does     string
}

// Page is a page of documentation.
type Page[S ~string] struct {
	Of     string // "a grant"
	Source string // the package of the table, below the module
	Intro  string // what the page says before the table
	Rows   []Row[S]
	States []S
}

// MustBeAt checks that the file has the page, or writes it if the tests run with
// -update.
func (p Page[S]) MustBeAt(t *testing.T, file string) {
	t.Helper()
	want := p.markdown()
	if *update {
		if err := os.WriteFile(file, want, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(file)
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("%s is not what the table says (%v): write it with -update", file, err)
	}
}

func (p Page[S]) markdown() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "# The states of %s\n\n"+
		"This page is printed from the table in `%s/state.go`; a test keeps it up to date. To write it again: "+
		"`go test ./%[2]s -run TestTheTableIsInTheDocumentation -update`.\n\n"+
		"Each event is one compare-and-swap in the store. It ends in one of three ways: **saved**; **lost**: another's change is stored, "+
		"and the caller decides anew from that; **unknown**: the store could not be asked. %s\n\n", p.Of, p.Source, p.Intro)
	b.WriteString("| event | from | to | what has happened |\n|---|---|---|---|\n")
	for _, r := range p.Rows {
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", r.Event, join(r.From), join(r.To), r.Does)
	}
	b.WriteString("\n## State by event\n\nA cell has the state after the event. An empty cell: the event is not allowed, and is logged as a fault if it is tried.\n\n| |")
	for _, r := range p.Rows {
		fmt.Fprintf(&b, " %s |", r.Event)
	}
	b.WriteString("\n|---|" + strings.Repeat("---|", len(p.Rows)) + "\n")
	for _, s := range p.States {
		fmt.Fprintf(&b, "| **%s** |", s)
		for _, r := range p.Rows {
			if slices.Contains(r.From, s) {
				fmt.Fprintf(&b, " %s", join(r.To))
			}
			b.WriteString(" |")
		}
		b.WriteString("\n")
	}
	return b.Bytes()
}

func join[S ~string](states []S) string {
	var names []string
	for _, s := range states {
		names = append(names, string(s))
	}
	return strings.Join(names, ", ")
}
