package signingkey

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/opgrants/opgrants/internal/grant"
)

func TestAFileIsReadAnewEachTime(t *testing.T) {
	path := filepath.Join(t.TempDir(), "key")
	f := File{WalletAddress: wallet, KeyID: "key-1", Path: path}

	_, err := f.Read(limited(t))
	var told *grant.Error
	if !errors.As(err, &told) || told.Code != grant.CodeKeyMissing || !strings.Contains(told.Detail, "opgrants keygen") {
		t.Errorf("of a file that is not there: %v", err)
	}

	write(t, path, "no key")
	if _, err = f.Read(limited(t)); !errors.As(err, &told) || told.Code != grant.CodeKeyInvalid || !strings.Contains(err.Error(), path) {
		t.Errorf("of a file without a key: %v", err)
	}

	write(t, path, seed+"\n")
	key, err := f.Read(limited(t))
	if err != nil || key.WalletAddress != wallet || key.KeyID != "key-1" || key.Signer() == nil {
		t.Errorf("got %v, %v", key, err)
	}
}

func TestAFileThatCannotBeReadIsNotMissing(t *testing.T) {
	_, err := File{WalletAddress: wallet, KeyID: "key-1", Path: t.TempDir()}.Read(limited(t))
	var told *grant.Error
	if err == nil || errors.As(err, &told) {
		t.Errorf("got %v", err)
	}
}

func TestAFixedKey(t *testing.T) {
	key := newKey(t, "key-1")
	if got, err := Fixed(key).Read(limited(t)); err != nil || got != key {
		t.Errorf("got %v, %v", got, err)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
