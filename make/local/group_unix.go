//go:build unix

package main

import (
	"os/exec"
	"syscall"
)

// ownGroup puts cmd into a process group of its own. Ctrl-C in a terminal then reaches
// only this program, which ends the others in order. SAM leaves containers behind if it
// gets the signal twice.
func ownGroup(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }
