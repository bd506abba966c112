// Package bolt keeps items in one file of this machine, for `opgrants serve` and
// `opgrants demo`. A write that was answered survives a crash of the process and
// of the machine.
package bolt

import (
	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/store"
)

// A Store is a file with its grants: a [grant.Store] and a [grant.Calendar].
type Store struct {
	*File
	*Items[grant.Item]
}

// Open opens the file, or creates it for this user alone. One process at a time
// can have it open: another gets an error after about a second. An error names
// the file and says what to do.
func Open(path string) (*Store, error) {
	f, err := openFile(path)
	if err != nil {
		return nil, err
	}
	return &Store{f, Of(f, store.Grants)}, nil
}
