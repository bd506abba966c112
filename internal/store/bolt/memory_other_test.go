//go:build !linux

package bolt

import "testing"

func memoryBesideFile(*testing.T) int { return 0 } // it is told in other ways there
