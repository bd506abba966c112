// Package command has the commands of opgrants, one in each file: their flags,
// their help and what they do.
package command
