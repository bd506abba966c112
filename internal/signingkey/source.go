package signingkey

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/opgrants/opgrants/internal/config"
)

// ErrNoDeadline is returned by a source that is read under a context without a
// deadline: nothing may wait for a key for ever.
var ErrNoDeadline = errors.New("the signing key is read without a deadline; this is a mistake in the program")

// A Source is where the key is kept. Read reads it anew each time. Its error is
// made by [Missing] or [Invalid], is [ErrNoDeadline], or says why the source
// cannot be reached now.
type Source interface {
	Read(ctx context.Context) (*Key, error)
}

// CheckDeadline returns [ErrNoDeadline] if ctx has no deadline.
func CheckDeadline(ctx context.Context) error {
	if _, has := ctx.Deadline(); !has {
		return ErrNoDeadline
	}
	return nil
}

// Fixed returns the source of a key that does not change while the program runs.
func Fixed(k *Key) Source { return fixed{k} }

type fixed struct{ key *Key }

func (f fixed) Read(ctx context.Context) (*Key, error) { return f.key, CheckDeadline(ctx) }

// A File is a key in a file, in any form that [NewKey] reads.
type File struct {
	WalletAddress string
	KeyID         string
	Path          string
}

// Read reads the file.
func (f File) Read(ctx context.Context) (*Key, error) {
	if err := CheckDeadline(ctx); err != nil {
		return nil, err
	}
	private, _, err := config.ReadKeyFile(f.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, Missing("The file with the signing key does not exist. `opgrants keygen` makes one; PRIVATE_KEY_PATH says where it is.", err)
	}
	if err != nil {
		return nil, err
	}
	key, err := NewKey(f.WalletAddress, f.KeyID, private)
	if err != nil {
		return nil, Invalid(fmt.Errorf("%s: %w", config.DescribePath(f.Path), err))
	}
	return key, nil
}
