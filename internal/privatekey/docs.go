// Package privatekey reads Ed25519 private keys in every form in which tools,
// consoles, containers and env files leave them, as long as the meaning is
// certain. What it cannot take it names, with the command that converts it. No
// error repeats anything of what was given.
package privatekey
