// Package environ is the environment of a command: the process's variables and,
// behind them, a file of more.
package environ

import (
	"fmt"

	"github.com/alecthomas/kong"
	"github.com/joho/godotenv"
)

// An Environment gives variables by name. A variable of the process beats one
// of the file; an empty one counts as not set.
type Environment struct {
	Process func(string) string
	file    map[string]string
}

// Get is the variable's value, or "".
func (e *Environment) Get(name string) string {
	if v := e.Process(name); v != "" {
		return v
	}
	return e.file[name]
}

// Load reads a file of NAME=value lines, of which the process's own variables
// stay the stronger.
func (e *Environment) Load(path string) error {
	vars, err := godotenv.Read(path)
	if err != nil {
		return fmt.Errorf("--env-file: %w", err)
	}
	e.file = vars
	return nil
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

// A File is the value of --env-file.
type File string

// BeforeResolve reads the file before the other flags look for their variables.
func (File) BeforeResolve(ctx *kong.Context, path *kong.Path, e *Environment) error {
	file, _ := ctx.FlagValue(path.Flag).(File)
	return e.Load(string(file))
}
