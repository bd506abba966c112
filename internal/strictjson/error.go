package strictjson

import "cmp"

// An Error says what is wrong with a JSON text.
type Error struct {
	Path   string // the member at fault, such as limits.debitAmount.value; empty: the whole text
	Reason string // completes a sentence that begins with Path: "is given twice"
}

func (e *Error) Error() string { return cmp.Or(e.Path, "the JSON text") + " " + e.Reason }

func fault(path, reason string) error { return &Error{Path: truncate(path), Reason: reason} }

// longestEcho is how many characters of an input an error repeats, so that a
// caller cannot fill the answer and the log.
const longestEcho = 100

func truncate(s string) string {
	if r := []rune(s); len(r) > longestEcho {
		return string(r[:longestEcho]) + "…"
	}
	return s
}
