package config

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/opgrants/opgrants/internal/pattern"
)

// MaxEnvFile is how many bytes [ParseEnvFile] reads.
const MaxEnvFile = 1 << 20

// An EnvFileError is one line of an env file that cannot be read. It repeats
// nothing of a value, and a name only if it is the name of a variable.
type EnvFileError struct {
	Line   int    // the first is 1
	Name   string // of the variable; empty if the line has none
	Reason string // what is wrong and what to do
}

func (e *EnvFileError) Error() string {
	if e.Name == "" {
		return fmt.Sprintf("line %d: %s", e.Line, e.Reason)
	}
	return fmt.Sprintf("line %d (%s): %s", e.Line, e.Name, e.Reason)
}

// EnvFileErrors are all lines of an env file that cannot be read.
type EnvFileErrors []*EnvFileError

func (e EnvFileErrors) Error() string {
	lines := make([]string, len(e))
	for i, one := range e {
		lines[i] = one.Error()
	}
	return strings.Join(lines, "\n  ")
}

// ParseEnvFile reads lines of NAME=value; of several with one name the last
// counts. Nothing is expanded: a $ and a backslash stay as they are.
//
// A line may begin with "export". A value without quotes ends at " #" or at the
// end of the line. A value in single or double quotes may have several lines; in
// double quotes \" \\ \$ and \` stand for the second character, as in shells, and
// every other backslash stays. Lines end with LF, CRLF or CR. A UTF-8 byte order
// mark is skipped, and so is the one sentence that `opgrants request` prints
// before its NAME = value lines: its output is an env file.
//
// The error is an [EnvFileErrors], or the reader's own.
func ParseEnvFile(r io.Reader) (map[string]string, error) {
	text, err := io.ReadAll(io.LimitReader(r, MaxEnvFile+1))
	if err != nil {
		return nil, err
	}
	if problem := checkEnvText(text); problem != "" {
		return nil, EnvFileErrors{{Line: 1, Reason: problem}}
	}
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	lines := strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(string(text))
	p := envParser{rest: lines, vars: map[string]string{}}
	for p.rest != "" {
		p.line()
	}
	if len(p.wrong) > 0 {
		return nil, p.wrong
	}
	return p.vars, nil
}

// checkEnvText returns what keeps the text from being an env file, or "".
func checkEnvText(text []byte) string {
	const convert = "save it as UTF-8 (iconv -f UTF-16 -t UTF-8 FILE > NEW)"
	switch {
	case len(text) > MaxEnvFile:
		return "the file is too large for an env file"
	case bytes.HasPrefix(text, []byte("\xff\xfe")), bytes.HasPrefix(text, []byte("\xfe\xff")):
		return "the file is in UTF-16; " + convert
	case bytes.IndexByte(text, 0) >= 0:
		return "the file has zero bytes: it is a binary file, or in UTF-16; if so, " + convert
	case !utf8.Valid(text):
		return "the file is not in UTF-8; save it as UTF-8"
	}
	return ""
}

var (
	envName    = pattern.New(`^[A-Za-z_][A-Za-z0-9_]*$`)
	envShown   = pattern.New(`^[A-Z][A-Z_]{0,48}[0-9]?$`)
	envPrefix  = pattern.New(`^(export|declare -x)[ \t]+`)
	envComment = pattern.New(`[ \t]#.*$`)
	envColon   = pattern.New(`^[A-Z_][A-Z0-9_]*:([ \t]|$)`)
)

const sentence = "Please interact at the following URL:"

type envParser struct {
	rest   string // what is not read yet
	number int    // of the line that was read last
	vars   map[string]string
	wrong  EnvFileErrors
}

func (p *envParser) next() string {
	line, rest, _ := strings.Cut(p.rest, "\n")
	p.rest = rest
	p.number++
	return line
}

// fail names the variable only if it looks like one: a token may stand before an
// equals sign too.
func (p *envParser) fail(line int, name, reason string) {
	if !envShown().MatchString(name) {
		name = ""
	}
	p.wrong = append(p.wrong, &EnvFileError{Line: line, Name: name, Reason: reason})
}

// line reads one variable, which may have several lines.
func (p *envParser) line() {
	line := strings.TrimSpace(p.next())
	first := p.number
	if line == "" || strings.HasPrefix(line, "#") || strings.HasPrefix(line, sentence) {
		return
	}
	line = envPrefix().ReplaceAllString(line, "")
	name, value, found := strings.Cut(line, "=")
	name = strings.TrimSpace(name)
	switch {
	case strings.HasPrefix(line, "-----BEGIN"):
		p.skipPEM()
		p.fail(first, "", "a PEM without a variable; write NAME=\"…\" with the PEM in double quotes, or keep it in a file of its own and set PRIVATE_KEY_PATH")
	case envColon().MatchString(line):
		p.fail(first, line[:strings.IndexByte(line, ':')], "a colon follows the name; write NAME=value")
	case !found:
		p.fail(first, "", "no NAME=value; a value of several lines must be in double quotes")
	case !envName().MatchString(name):
		p.fail(first, "", "what stands before = is not the name of a variable: use letters, digits and _ only (KEY_ID, not KEY-ID)")
	default:
		p.value(first, name, strings.TrimSpace(value))
	}
}

// value reads the value that begins with text, and sets the variable.
func (p *envParser) value(first int, name, text string) {
	switch {
	case strings.HasPrefix(text, "$'"):
		p.fail(first, name, "the value is in $'…', which only bash reads; use double quotes, and real line breaks for \\n")
	case strings.HasPrefix(text, `"`), strings.HasPrefix(text, "'"):
		p.parseQuoted(first, name, text[:1], text[1:])
	case strings.HasPrefix(text, "-----BEGIN") && !strings.Contains(text, "-----END"):
		p.skipPEM()
		p.fail(first, name, "a PEM over several lines must be in double quotes; or keep it in a file of its own and set PRIVATE_KEY_PATH")
	case strings.HasPrefix(text, "#"):
		p.vars[name] = ""
	default:
		p.vars[name] = strings.TrimSpace(envComment().ReplaceAllString(text, ""))
	}
}

// parseQuoted reads up to the closing quote, over as many lines as it takes.
func (p *envParser) parseQuoted(first int, name, quote, text string) {
	after := *p // to go on from the next line if the quote never ends
	for {
		value, rest, closed := cutQuoted(text, quote)
		if closed {
			if rest = strings.TrimSpace(rest); rest != "" && !strings.HasPrefix(rest, "#") {
				p.fail(first, name, "text follows the closing quote; quote the whole value once, and write a quote in it as \\\" in double quotes")
				return
			}
			p.vars[name] = value
			return
		}
		if p.rest == "" {
			p.rest, p.number = after.rest, after.number
			p.fail(first, name, "the quote at the beginning of the value is never closed")
			return
		}
		text += "\n" + p.next()
	}
}

// cutQuoted returns what stands before the closing quote, and what follows it.
func cutQuoted(text, quote string) (value, rest string, closed bool) {
	if quote == "'" {
		return strings.Cut(text, quote)
	}
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == '"':
			return b.String(), text[i+1:], true
		case text[i] == '\\' && i+1 < len(text) && strings.IndexByte("\"\\$`", text[i+1]) >= 0:
			i++
		}
		b.WriteByte(text[i])
	}
	return "", "", false
}

// skipPEM skips the lines of a PEM, so that they are not named one by one.
func (p *envParser) skipPEM() {
	for p.rest != "" {
		line, _, _ := strings.Cut(p.rest, "\n")
		name, _, found := strings.Cut(line, "=")
		if found && envName().MatchString(name) && !strings.HasSuffix(strings.TrimSpace(line), "=") {
			return
		}
		p.next()
		if strings.HasPrefix(strings.TrimSpace(line), "-----END") {
			return
		}
	}
}
