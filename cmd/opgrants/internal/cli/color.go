package cli

import "os"

// A Color is an ANSI escape sequence (ECMA-48, SGR).
type Color string

// The colors that the commands use.
const (
	Red    Color = "\x1b[31m"
	Green  Color = "\x1b[32m"
	Yellow Color = "\x1b[33m"
	Bold   Color = "\x1b[1m"
)

const plain = "\x1b[0m"

// Paint returns text in that color.
func (c Color) Paint(text string) string { return string(c) + text + plain }

// UseColor reports whether a stream may get colors: it is a terminal that knows them,
// and NO_COLOR is not set (no-color.org: to any text but the empty one).
func UseColor(stream *os.File, getenv func(string) string) bool {
	if getenv("NO_COLOR") != "" || getenv("TERM") == "dumb" {
		return false
	}
	info, err := stream.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
