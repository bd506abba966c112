//go:build unix

package main

import (
	"os/exec"
	"syscall"
)

// ownGroup: Ctrl-C in a terminal then reaches us alone, who end all in order.
// SAM leaves containers behind when it is told twice.
func ownGroup(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }
