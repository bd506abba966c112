package cloud

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// Where crypto/x509 finds the certificates of a Linux system: it reads the first file
// that exists, and then every file of every folder.
var (
	certFiles = []string{
		"/etc/ssl/certs/ca-certificates.crt",
		"/etc/pki/tls/certs/ca-bundle.crt",
		"/etc/ssl/ca-bundle.pem",
		"/etc/pki/tls/cacert.pem",
		"/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
		"/etc/ssl/cert.pem",
	}
	certFolders = []string{"/etc/ssl/certs", "/etc/pki/tls/certs"}
)

// noFolder is the value of SSL_CERT_DIR for no folder: there is none of this name.
const noFolder = "/nonexistent"

// readCertificatesOnce sets SSL_CERT_DIR so that crypto/x509 does not parse the same
// certificates again: on Debian the folder has each certificate of the bundle, and on
// Amazon Linux both folders have the bundle itself. It changes nothing if a folder has
// a certificate that the bundle has not, or if SSL_CERT_FILE or SSL_CERT_DIR is set.
// Call it before the first use of TLS.
func readCertificatesOnce() {
	if runtime.GOOS != "linux" || os.Getenv("SSL_CERT_FILE") != "" || os.Getenv("SSL_CERT_DIR") != "" {
		return
	}
	for _, file := range certFiles {
		if _, err := os.Stat(file); err != nil {
			continue
		}
		if b := (&bundle{path: file}); b.hasAllOf(certFolders) {
			_ = os.Setenv("SSL_CERT_DIR", noFolder) // if it fails, the certificates are parsed again
		}
		return
	}
}

// A bundle is a file with the certificates of a system.
type bundle struct {
	path  string
	known map[string]bool // each certificate, as it is written there; nil until it is needed
}

// hasAllOf reports whether the bundle has each certificate in the files of the folders,
// byte for byte. A folder that is not there has none.
func (b *bundle) hasAllOf(folders []string) bool {
	self, err := os.Stat(b.path)
	if err != nil {
		return false
	}
	for _, folder := range folders {
		entries, err := os.ReadDir(folder)
		if err != nil && !os.IsNotExist(err) {
			return false
		}
		for _, entry := range entries {
			if !b.hasFile(filepath.Join(folder, entry.Name()), entry, self) {
				return false
			}
		}
	}
	return true
}

// hasFile reports whether the bundle has each certificate of a file. self is the bundle.
func (b *bundle) hasFile(path string, entry fs.DirEntry, self fs.FileInfo) bool {
	if entry.Type()&fs.ModeSymlink != 0 {
		if to, err := os.Readlink(path); err == nil && !strings.Contains(to, "/") {
			return true // to a file of the same folder
		}
	}
	info, err := os.Stat(path)
	if err != nil || info.IsDir() || os.SameFile(info, self) {
		return true // crypto/x509 ignores what it cannot read, too
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return true
	}
	all := true
	eachCertificate(text, func(c []byte) { all = all && b.has(c) })
	return all
}

func (b *bundle) has(certificate []byte) bool {
	if b.known == nil {
		b.known = map[string]bool{}
		text, _ := os.ReadFile(b.path) // if it fails, the bundle has nothing
		eachCertificate(text, func(c []byte) { b.known[string(c)] = true })
	}
	return b.known[string(certificate)]
}

// eachCertificate calls do with each certificate of a file, in PEM. It does not decode
// them: that takes longer than to parse them again.
func eachCertificate(text []byte, do func(pem []byte)) {
	begin, end := []byte("-----BEGIN CERTIFICATE-----"), []byte("-----END CERTIFICATE-----")
	for {
		_, rest, found := bytes.Cut(text, begin)
		if !found {
			return
		}
		var body []byte
		body, text, _ = bytes.Cut(rest, end)
		do(body)
	}
}
