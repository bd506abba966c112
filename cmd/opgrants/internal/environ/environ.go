// Package environ is the environment of a command: the process's variables and,
// behind them, files of more.
package environ

import (
	"fmt"
	"io"
	"maps"
	"os"

	"github.com/alecthomas/kong"
	"github.com/joho/godotenv"
)

// An Environment gives variables by name. A variable of the process beats one
// of a file; an empty one counts as not set.
type Environment struct {
	Process func(string) string
	Stdin   io.Reader // read for the file "-"
	files   map[string]string
}

// Get is the variable's value, or "".
func (e *Environment) Get(name string) string {
	if v := e.Process(name); v != "" {
		return v
	}
	return e.files[name]
}

// Load reads files of NAME=value lines, of which the last that sets a variable
// counts.
func (e *Environment) Load(paths ...string) error {
	e.files = map[string]string{}
	for _, path := range paths {
		vars, err := e.read(path)
		if err != nil {
			return fmt.Errorf("--env-file %s: %w", path, err)
		}
		maps.Copy(e.files, vars)
	}
	return nil
}

func (e *Environment) read(path string) (map[string]string, error) {
	if path == "-" {
		return godotenv.Parse(e.Stdin)
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	return godotenv.Parse(file)
}

// Validate makes e a [kong.Resolver].
func (e *Environment) Validate(*kong.Application) error { return nil }

// Resolve gives a flag that was not on the command line the value of its
// variable.
func (e *Environment) Resolve(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	for _, name := range flag.Envs {
		if v := e.Get(name); v != "" {
			return v, nil
		}
	}
	return nil, nil
}

// Files is the value of --env-file, which may be given several times.
type Files []string

// BeforeResolve reads the files before the other flags look for their variables.
func (Files) BeforeResolve(ctx *kong.Context, path *kong.Path, e *Environment) error {
	if e.files != nil {
		return nil // it is called for each of them
	}
	files, _ := ctx.FlagValue(path.Flag).(Files)
	return e.Load(files...)
}
