// Package config turns environment variables and flags into one checked
// struct. It is the one place where configuration is read: [FromEnv] for the
// functions, [Serve] for the binary. All that is wrong is said at once, each
// problem with the name of its variable, and no value of a secret.
package config
