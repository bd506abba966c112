package docs_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

// A block is a fence of a page that holds commands.
type block struct {
	page string
	line int
	text string
}

// fences are the languages of the fences that pages may have. Commands are in
// sh, so that a test finds them.
var fences = []string{"sh", "go", "js", "json", "text"}

var fence = regexp.MustCompile("^( *)```(\\S*)$")

// blocks are the sh fences of a page.
func blocks(t *testing.T, page string) (all []block) {
	t.Helper()
	var open *block
	language, indent := "", ""
	for i, line := range strings.Split(read(t, page), "\n") {
		mark := fence.FindStringSubmatch(line)
		switch {
		case mark != nil && open == nil:
			language, indent = mark[2], mark[1]
			if !slices.Contains(fences, language) {
				t.Errorf("%s:%d: a fence of %q; want one of %v", page, i+1, language, fences)
			}
			open = &block{page: page, line: i + 1}
		case mark != nil:
			if language == "sh" {
				all = append(all, *open)
			}
			open = nil
		case open != nil:
			open.text += strings.TrimPrefix(line, indent) + "\n"
		}
	}
	if open != nil {
		t.Errorf("%s:%d: the fence has no end", page, open.line)
	}
	return all
}

// TestCommandsAreInFencesOfShell checks that no page has commands that the test
// of its commands would not find.
func TestCommandsAreInFencesOfShell(t *testing.T) {
	command := regexp.MustCompile(`(?m)^ {4,}(?:\$ )?(?:go|make|sam|aws|curl|opgrants|bin/opgrants|git|export) \S`)
	found := 0
	for _, page := range pages(t) {
		found += len(blocks(t, page))
		if c := command.FindString(withoutCode(read(t, page))); c != "" {
			t.Errorf("%s has a command outside of a sh fence: %s", page, c)
		}
	}
	if found < 20 {
		t.Errorf("only %d blocks of commands were found", found)
	}
}
