package cloud

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// If Go reads other files than these, a certificate could be missed.
func TestTheCertificatesAreLookedForWhereGoDoes(t *testing.T) {
	source, err := os.ReadFile(filepath.Join(runtime.GOROOT(), "src/crypto/x509/root_linux.go")) //nolint:staticcheck // of the toolchain that compiles the tests
	if err != nil {
		t.Fatal(err)
	}
	list := func(name string) (all []string) {
		_, rest, _ := strings.Cut(string(source), "var "+name+" = []string{")
		body, _, _ := strings.Cut(rest, "\n}")
		for _, quoted := range regexp.MustCompile(`(?m)^\s*"(.*?)"`).FindAllStringSubmatch(body, -1) {
			all = append(all, quoted[1])
		}
		return all
	}
	if got := list("certFiles"); !slices.Equal(got, certFiles) {
		t.Errorf("Go reads %q, and we %q", got, certFiles)
	}
	if got := list("certDirectories"); !slices.Equal(got, certFolders) {
		t.Errorf("Go reads %q, and we %q", got, certFolders)
	}
}

func TestOnlyAFolderWithoutACertificateOfItsOwnIsNotRead(t *testing.T) {
	one, two, other := aCertificate(t), aCertificate(t), aCertificate(t)
	for _, tc := range []struct {
		name   string
		folder map[string]string // "-> x" is a link
		want   bool
	}{
		{"no files", nil, true},
		{"the bundle itself, as Amazon Linux has it", map[string]string{"ca-bundle.crt": "-> ../bundle.pem", "ca-bundle.trust.crt": "-> ../trusted.pem"}, true},
		{"each certificate, as Debian has it", map[string]string{"one.pem": one, "two.pem": two, "0a1b2c3d.0": "-> one.pem"}, true},
		{"what is no certificate", map[string]string{"README": "of one", "key.pem": "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"}, true},
		{"a link that leads nowhere", map[string]string{"gone.pem": "-> ../gone.pem"}, true},
		{"a certificate of the operator", map[string]string{"one.pem": one, "own.pem": other}, false},
		{"a link to one", map[string]string{"own.pem": "-> ../other.pem"}, false},
		{"a known one, written otherwise", map[string]string{"one.pem": strings.ReplaceAll(one, "\n", "\r\n")}, false},
		{"one without an end", map[string]string{"one.pem": strings.ReplaceAll(one, "-----END", "")}, false},
		{"one after a known one", map[string]string{"all.pem": one + other}, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			dir := t.TempDir()
			write(t, filepath.Join(dir, "bundle.pem"), one+"# a comment\n"+two)
			write(t, filepath.Join(dir, "other.pem"), other)
			write(t, filepath.Join(dir, "trusted.pem"), strings.ReplaceAll(other, "CERTIFICATE", "TRUSTED CERTIFICATE"))
			folder := filepath.Join(dir, "certs")
			if err := os.Mkdir(folder, 0o700); err != nil {
				t.Fatal(err)
			}
			for name, text := range tc.folder {
				path := filepath.Join(folder, name)
				if to, isLink := strings.CutPrefix(text, "-> "); !isLink {
					write(t, path, text)
				} else if err := os.Symlink(to, path); err != nil {
					t.Fatal(err)
				}
			}
			b := &bundle{path: filepath.Join(dir, "bundle.pem")}
			if got := b.hasAllOf([]string{folder, filepath.Join(dir, "missing")}); got != tc.want {
				t.Errorf("the bundle has all: %v, want %v", got, tc.want)
			}
		})
	}
}

// The pool of crypto/x509 has the same certificates after readCertificatesOnce.
func TestTheSystemsCertificatesAreTheSame(t *testing.T) {
	t.Setenv("SSL_CERT_DIR", "") // is restored at the end
	readCertificatesOnce()
	folders := os.Getenv("SSL_CERT_DIR")
	if folders == "" {
		folders = strings.Join(certFolders, ":")
	}
	if got, want := poolOf(strings.Split(folders, ":")), poolOf(certFolders); !got.Equal(want) {
		t.Error("a certificate is missing")
	}
}

func TestTheOperatorsChoiceOfCertificatesStays(t *testing.T) {
	for _, name := range []string{"SSL_CERT_FILE", "SSL_CERT_DIR"} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("SSL_CERT_FILE", "")
			t.Setenv("SSL_CERT_DIR", "")
			t.Setenv(name, "/of/the/operator")
			readCertificatesOnce()
			if file, dir := os.Getenv("SSL_CERT_FILE"), os.Getenv("SSL_CERT_DIR"); file+dir != "/of/the/operator" {
				t.Errorf("SSL_CERT_FILE=%s SSL_CERT_DIR=%s", file, dir)
			}
		})
	}
}

// poolOf reads what crypto/x509 does.
func poolOf(folders []string) *x509.CertPool {
	pool := x509.NewCertPool()
	for _, file := range certFiles {
		if text, err := os.ReadFile(file); err == nil {
			pool.AppendCertsFromPEM(text)
			break
		}
	}
	for _, folder := range folders {
		entries, _ := os.ReadDir(folder)
		for _, entry := range entries {
			if to, err := os.Readlink(filepath.Join(folder, entry.Name())); err == nil && !strings.Contains(to, "/") {
				continue
			}
			if text, err := os.ReadFile(filepath.Join(folder, entry.Name())); err == nil {
				pool.AppendCertsFromPEM(text)
			}
		}
	}
	return pool
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func aCertificate(t *testing.T) (text string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: rand.Text()}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}
