//go:build tools

package peers

import (
	"os/exec"
	"syscall"
)

// endWithParent has the kernel end the process when the test binary dies, also
// of a panic or a kill, when no cleanup runs.
func endWithParent(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
}
