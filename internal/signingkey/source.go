package signingkey

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// A Source is where the key is kept. Read reads it anew each time; its error is
// made by [Missing] or [Invalid], or says why the source cannot be reached now.
type Source interface {
	Read(ctx context.Context) (*Key, error)
}

// Fixed is the source of a key that does not change while the program runs.
func Fixed(k *Key) Source { return fixed{k} }

type fixed struct{ key *Key }

func (f fixed) Read(context.Context) (*Key, error) { return f.key, nil }

// A File is a key in a file: PEM, that in base64, or a seed in base64.
type File struct {
	WalletAddress string
	KeyID         string
	Path          string
}

// Read reads the file.
func (f File) Read(context.Context) (*Key, error) {
	private, err := os.ReadFile(f.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, Missing("The file with the signing key does not exist. `opgrants keygen` makes one; PRIVATE_KEY_PATH says where it is.", err)
	}
	if err != nil {
		return nil, err
	}
	key, err := NewKey(f.WalletAddress, f.KeyID, private)
	if err != nil {
		return nil, Invalid(fmt.Errorf("%s: %w", f.Path, err))
	}
	return key, nil
}
