package cli

import (
	"cmp"
	"errors"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
	"github.com/opgrants/opgrants/internal/config"
)

// MaskUsage returns the parser's error about the command line args without the values
// that may be secrets: the parser repeats what it cannot use, and people put keys and
// tokens into the wrong place. An error about an env file is returned as it is,
// because it repeats no value.
func MaskUsage(err error, args []string) error {
	var file *EnvFileError
	if errors.As(err, &file) {
		return err
	}
	text := err.Error()
	for _, value := range argumentValues(args) {
		if shown := config.Describe(value); shown != strconv.Quote(value) {
			text = strings.ReplaceAll(text, strconv.Quote(value), shown)
			text = strings.ReplaceAll(text, value, shown)
		}
	}
	return errors.New(goString.ReplaceAllStringFunc(text, describeQuoted))
}

// goString matches a string as %q prints it, such as the value of a variable.
var goString = regexp.MustCompile(`"(?:[^"\\]|\\.)*"`)

func describeQuoted(quoted string) string {
	value, err := strconv.Unquote(quoted)
	if err != nil {
		return "a value (not shown)"
	}
	return config.Describe(value)
}

// argumentValues returns the arguments and the parts of them that the parser takes for
// names or values, the longest first: a part of a value must not be replaced before
// the value. It leaves out what is too short for a secret, because that is found in
// other words.
func argumentValues(args []string) []string {
	var values []string
	for _, arg := range args {
		name, value, _ := strings.Cut(arg, "=")
		values = append(values, arg, strings.TrimLeft(arg, "-"), name, strings.TrimLeft(name, "-"), value)
		values = append(values, strings.Split(value, ",")...)
	}
	const shortest = 8 // bytes
	values = slices.DeleteFunc(values, func(v string) bool { return len(v) < shortest })
	slices.SortFunc(values, func(a, b string) int { return cmp.Compare(len(b), len(a)) })
	return values
}

// meant matches the suggestion of the parser for a command that does not exist.
var meant = regexp.MustCompile(`unexpected argument .*, did you mean "([^"]+)"\?$`)

// UsageError is the error of a command line that the parser does not take. command is
// the part of it that is a command, such as "opgrants admin".
func UsageError(err error, command string) *exit.Error {
	next := command + " --help"
	if m := meant.FindStringSubmatch(err.Error()); m != nil {
		next = command + " " + m[1] + " --help"
	}
	e := UsageSentence(err).Then(next)
	if m := missing.FindStringSubmatch(err.Error()); m != nil {
		e.Detail = "Missing: " + m[1]
	} else if m := noValue.FindStringSubmatch(err.Error()); m != nil {
		e.Detail = m[1] + " needs a value"
	} else if emptyArgument.MatchString(err.Error()) {
		e.Detail = "An argument is empty; leave it out, or check the variable that it comes from"
	}
	if !strings.HasSuffix(e.Detail, "?") {
		e.Detail += "."
	}
	return e
}

// missing matches the error of the parser about an argument that is not there.
var missing = regexp.MustCompile(`^expected "(<[^"]+>)"$`)

// noValue matches the error of the parser about a flag at the end of the command line
// that has no value.
var noValue = regexp.MustCompile(`^(--[a-z-]+): expected \w+ (?:value )?but got "EOL" \(<EOL>\)$`)

// emptyArgument matches the error of the parser about an argument that is empty and not
// expected. Its suggestion then names every command.
var emptyArgument = regexp.MustCompile(`^unexpected argument (?:, did you mean .*)?$`)

// UsageSentence is a usage error whose detail is err with a capital letter, as it stands
// behind a sentence.
func UsageSentence(err error) *exit.Error {
	e := exit.Usage.With("%w", err)
	e.Detail = strings.ToUpper(e.Detail[:1]) + e.Detail[1:]
	return e
}
