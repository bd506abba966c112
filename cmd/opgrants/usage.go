package main

import (
	"errors"
	"regexp"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/cli"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
)

// checkNoKey refuses an argument that is a private key in PEM or as a JWK: other
// users of the machine see arguments, and the parser would take it for a flag.
func checkNoKey(args []string) error {
	for _, value := range values(args) {
		if cli.IsKeyText(value) {
			return exit.Key.With("An argument looks like a key, not a path. Give the name of the key's file, or set PRIVATE_KEY.")
		}
	}
	return nil
}

// describe is the text of err without values that may be secrets given in the wrong
// place: of an error of the command line's parser, without all values.
func describe(err error, args []string, model *kong.Application, env *cli.Environment) string {
	given := append(values(args), variables(model, env)...)
	var parse *kong.ParseError
	var file *cli.EnvFileError // repeats no value, and its file names are needed
	all := errors.As(err, &parse) && !errors.As(err, &file)
	given = slices.DeleteFunc(given, func(value string) bool { return !all && cli.ShowValue(value) == value })
	return cli.HideValues(err.Error(), given)
}

// variables are the values of all variables that flags are read from, and of those
// that are secrets.
func variables(model *kong.Application, env *cli.Environment) []string {
	all := []string{env.Get("PRIVATE_KEY"), env.Get("API_TOKEN"), env.Get("ACCESS_TOKEN"), env.Get("CONTINUE_ACCESS_TOKEN")}
	for _, leaf := range model.Leaves(false) {
		for _, group := range leaf.AllFlags(false) {
			for _, flag := range group {
				for _, name := range flag.Envs {
					all = append(all, env.Get(name))
				}
			}
		}
	}
	return all
}

var flagName = regexp.MustCompile(`^--?[a-z][a-z0-9-]{0,30}$`)

// values are the parts of args that are not names of flags.
func values(args []string) []string {
	var all []string
	for _, arg := range args {
		name, value, found := strings.Cut(arg, "=")
		switch {
		case flagName.MatchString(name) && found:
			all = append(all, value)
		case flagName.MatchString(arg):
		default:
			all = append(all, arg)
		}
	}
	return all
}
