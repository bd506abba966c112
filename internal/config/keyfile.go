package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"

	"github.com/opgrants/opgrants/internal/privatekey"
)

// ReadKeyFile reads the file of a private key. warning is one line for the
// operator if others on this machine may read it, or empty. The error is
// [fs.ErrNotExist] if there is no such file; it shows path only if that cannot be
// a secret.
func ReadKeyFile(path string) (text []byte, warning string, err error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, "", explainPath(path, err)
	}
	defer func() { _ = file.Close() }()
	info, err := file.Stat()
	if err != nil {
		return nil, "", explainPath(path, err)
	}
	if info.IsDir() {
		return nil, "", fmt.Errorf("%s is a directory; name the file in it", DescribePath(path))
	}
	text, err = io.ReadAll(io.LimitReader(file, privatekey.MaxSize+1))
	if err != nil {
		return nil, "", explainPath(path, err)
	}
	const others = 0o044 // the group, and everybody
	if info.Mode().IsRegular() && info.Mode().Perm()&others != 0 && runtime.GOOS != "windows" {
		warning = fmt.Sprintf("other users of this machine may read the private key in %s: chmod 600 %s", DescribePath(path), quoteForShell(path))
	}
	return text, warning, nil
}

// explainPath says why the file at path cannot be read, without the path if that
// may be a secret.
func explainPath(path string, err error) error {
	if LooksLikeKey(path) || isJSON(path) {
		return errors.New("this looks like a key, not a path; put it into a file and name that, or set PRIVATE_KEY to it")
	}
	var with *fs.PathError
	if errors.As(err, &with) {
		err = with.Err
	}
	switch {
	case strings.HasPrefix(path, "~"), strings.Contains(path, "$"):
		return fmt.Errorf("%s: %w; ~ and $ are not expanded: write the whole path", DescribePath(path), err)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("%s: %w; it must be readable by the user that opgrants runs as", DescribePath(path), err)
	}
	return fmt.Errorf("%s: %w", DescribePath(path), err)
}

// DescribePath is [Describe] for a path: one of a file or a directory that exists
// is no secret.
func DescribePath(path string) string {
	for _, p := range []string{path, filepath.Dir(path)} {
		if LooksLikeKey(path) || p == "." || p == filepath.Dir(p) {
			continue
		}
		if _, err := os.Stat(p); err == nil && isPrintable(path) {
			return strconv.Quote(path)
		}
	}
	return Describe(path)
}

func isJSON(value string) bool { return strings.HasPrefix(strings.TrimSpace(value), "{") }

// quoteForShell returns path so that a shell takes it as it is.
func quoteForShell(path string) string {
	if DescribePath(path) != `"`+path+`"` {
		return "FILE"
	}
	if strings.Trim(path, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-") == "" {
		return path
	}
	return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'"
}
