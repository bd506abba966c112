package command

import (
	"errors"
	"fmt"
	"os"
)

type file struct {
	path    string
	content []byte
}

// writeNew writes all files or none, so that only this user can read them. It refuses
// to overwrite a file: an overwritten private key is lost for good.
func writeNew(files []file) error {
	for i, f := range files {
		if err := f.writeNew(); err != nil {
			for _, written := range files[:i] {
				_ = os.Remove(written.path)
			}
			return err
		}
	}
	return nil
}

func (f file) writeNew() error {
	// O_EXCL follows no symbolic link either.
	w, err := os.OpenFile(f.path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, os.ErrExist) {
		return fmt.Errorf("%s exists and was not changed: name another file with --out or --secret, or move it away", f.path)
	}
	if err != nil {
		return err
	}
	_, err = w.Write(f.content)
	if err = errors.Join(err, w.Sync(), w.Close()); err != nil {
		_ = os.Remove(f.path)
	}
	return err
}
