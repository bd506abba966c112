//go:build unix

package command

import (
	"errors"
	"os"
)

// syncDir brings a new name in a folder to the disk.
func syncDir(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
