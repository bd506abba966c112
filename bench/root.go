package main

import (
	"bytes"
	"os"
	"path/filepath"
)

// makeRoot makes a file system for the functions in Go, with the certificates of this
// machine where Amazon Linux 2023 has them: in one bundle, to which links lead. Only root
// can use it; for others it returns "", and functions find what this machine has.
func makeRoot(dir string) (root string, err error) {
	var bundle []byte
	for _, file := range []string{"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt"} {
		if bundle, err = os.ReadFile(file); err == nil {
			break
		}
	}
	if os.Geteuid() != 0 || err != nil {
		return "", nil //nolint:nilerr // this machine has its certificates elsewhere
	}
	root = filepath.Join(dir, "root")
	const extracted = "/etc/pki/ca-trust/extracted"
	files := map[string][]byte{
		extracted + "/pem/tls-ca-bundle.pem":       bundle,
		extracted + "/openssl/ca-bundle.trust.crt": bytes.ReplaceAll(bundle, []byte(" CERTIFICATE"), []byte(" TRUSTED CERTIFICATE")),
	}
	for name, content := range files {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(root, name)), 0o750); err != nil {
			return "", err
		}
		if err := os.WriteFile(filepath.Join(root, name), content, 0o600); err != nil {
			return "", err
		}
	}
	for name, to := range map[string]string{
		"/etc/pki/tls/certs/ca-bundle.crt":       extracted + "/pem/tls-ca-bundle.pem",
		"/etc/pki/tls/certs/ca-bundle.trust.crt": extracted + "/openssl/ca-bundle.trust.crt",
		"/etc/ssl/certs":                         "../pki/tls/certs",
	} {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			return "", err
		}
		_ = os.Remove(path)
		if err := os.Symlink(to, path); err != nil {
			return "", err
		}
	}
	return root, nil
}
