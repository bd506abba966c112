package environ

import (
	"errors"
	"regexp"
	"sort"
	"strconv"
	"strings"

	"github.com/opgrants/opgrants/internal/config"
)

// MaskUsage returns kong's error about the command line args without the
// arguments and values that may be secrets: kong repeats what it cannot use, and
// people put keys and tokens into the wrong place. Errors about env files are
// returned as they are, as they repeat nothing.
func MaskUsage(err error, args []string) error {
	var files config.EnvFileErrors
	if err == nil || errors.As(err, &files) {
		return err
	}
	said := err.Error()
	for _, value := range argumentValues(args) {
		if shown := config.Describe(value); shown != strconv.Quote(value) {
			said = strings.ReplaceAll(said, strconv.Quote(value), shown)
			said = strings.ReplaceAll(said, value, shown)
		}
	}
	said = goString.ReplaceAllStringFunc(said, func(quoted string) string {
		value, err := strconv.Unquote(quoted)
		if err != nil {
			return "(not shown)"
		}
		return config.Describe(value)
	})
	return errors.New(said)
}

// goString matches a string as %q prints it.
var goString = regexp.MustCompile(`"(?:[^"\\]|\\.)*"`)

// argumentValues returns the arguments and the parts of them that kong takes for
// values, the longest first.
func argumentValues(args []string) (values []string) {
	for _, arg := range args {
		values = append(values, arg)
		if name, value, found := strings.Cut(arg, "="); found {
			values = append(values, name, value)
			for part := range strings.SplitSeq(value, ",") {
				values = append(values, part)
			}
		}
		if rest := strings.TrimLeft(arg, "-"); rest != arg {
			values = append(values, rest)
		}
	}
	values = slicesWithoutShort(values)
	sort.Slice(values, func(i, j int) bool { return len(values[i]) > len(values[j]) })
	return values
}

// slicesWithoutShort drops values that are too short to be a secret, and would
// be found in other words.
func slicesWithoutShort(values []string) (long []string) {
	for _, v := range values {
		if len(v) >= 8 {
			long = append(long, v)
		}
	}
	return long
}
