package cli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"

	"github.com/alecthomas/kong"

	"github.com/opgrants/opgrants/internal/config"
)

// An Environment has variables by name. A variable of the process takes precedence
// over one of a file. An empty one counts as not set.
type Environment struct {
	Process func(string) string
	Stdin   io.Reader // read for the file "-"
	files   map[string]string
	paths   map[string][]string // of the files that set a variable
}

// Get returns the variable's value without the quotes around it, or "".
func (e *Environment) Get(name string) string {
	if v := config.Unquote(e.Process(name)); v != "" {
		return v
	}
	return config.Unquote(e.files[name])
}

// Load reads files of NAME=value lines. The last file that sets a variable takes
// precedence. The error has the numbers of the lines and no value.
func (e *Environment) Load(paths ...string) error {
	e.files, e.paths = map[string]string{}, map[string][]string{}
	var all error
	for _, path := range paths {
		vars, err := e.read(path)
		if err != nil {
			all = errors.Join(all, fmt.Errorf("--env-file %s: %w", config.DescribePath(path), err))
		}
		maps.Copy(e.files, vars)
		for name := range vars {
			e.paths[name] = append(e.paths[name], path)
		}
	}
	if all != nil {
		return &EnvFileError{all}
	}
	return nil
}

// FilesWith returns the env files that set the variable.
func (e *Environment) FilesWith(name string) []string { return e.paths[name] }

// An EnvFileError says which files and lines cannot be read. It repeats no value.
type EnvFileError struct{ err error }

func (e *EnvFileError) Error() string { return e.err.Error() }

// Unwrap gives the errors of the files to errors.As.
func (e *EnvFileError) Unwrap() error { return e.err }

func (e *Environment) read(path string) (map[string]string, error) {
	if path == "-" {
		return config.ParseEnvFile(e.Stdin)
	}
	file, err := os.Open(path)
	if err != nil {
		var with *fs.PathError
		if errors.As(err, &with) {
			err = with.Err // without the path, which may be a secret
		}
		return nil, err
	}
	defer func() { _ = file.Close() }()
	return config.ParseEnvFile(file)
}

// Validate makes e a [kong.Resolver].
func (e *Environment) Validate(*kong.Application) error { return nil }

// Resolve returns the value of a flag's variable, for a flag that was not on the
// command line.
func (e *Environment) Resolve(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	for _, name := range flag.Envs {
		if v := e.Get(name); v != "" {
			return v, nil
		}
	}
	return nil, nil
}

// EnvFiles is the value of --env-file, which may be given several times.
type EnvFiles []string

// BeforeResolve reads the files before the other flags look for their variables.
func (EnvFiles) BeforeResolve(ctx *kong.Context, path *kong.Path, e *Environment) error {
	if e.files != nil {
		return nil // it is called for each of them
	}
	files, _ := ctx.FlagValue(path.Flag).(EnvFiles)
	return e.Load(files...)
}
