//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package bolt

import "os"

// unlock leaves the lock on the file to the end of the process.
func unlock(*os.File) {}
