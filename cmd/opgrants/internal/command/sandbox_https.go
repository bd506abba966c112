package command

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"net/url"
	"os"
	"slices"
	"time"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/cli"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
)

// certificateLife is how long the sandbox's certificate is valid.
const certificateLife = 365 * 24 * time.Hour

// A certificate is the sandbox's certificate for https. The key of the authority that
// issued it is thrown away, so whoever trusts the authority trusts the sandbox alone.
type certificate struct {
	caFile string
	pair   tls.Certificate
}

// openCertificate opens the certificate in the folder, or makes one that is valid for
// the sandbox's names.
func openCertificate(f *sandboxFiles, listen, public string) (*certificate, error) {
	if f.dir == "" {
		return nil, exit.Usage.With("--https: there is no folder for ca.pem. Give one that can be written with --dir.")
	}
	c := &certificate{caFile: f.path("ca.pem")}
	names := certificateNames(listen, public)
	if c.load(f, names) {
		return c, nil
	}
	ca, chain, key, err := issueCertificate(names, time.Now())
	if err != nil {
		return nil, err
	}
	for name, text := range map[string][]byte{"ca.pem": ca, "tls.pem": chain, "tls-key.pem": key} {
		if err := f.write(name, text); err != nil {
			return nil, err
		}
	}
	c.pair, err = tls.X509KeyPair(chain, key)
	return c, err
}

// certificateNames returns the names by which clients call the sandbox.
func certificateNames(listen, public string) []string {
	names := []string{"127.0.0.1", "::1", "localhost", "host.docker.internal"}
	if host, _, err := net.SplitHostPort(listen); err == nil && host != "" {
		names = append(names, host)
	}
	if u, err := url.Parse(public); err == nil && u.Hostname() != "" {
		names = append(names, u.Hostname())
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// load reads the certificate of an earlier start. It reports whether that is still
// valid for a day, for these names and from the authority in ca.pem.
func (c *certificate) load(f *sandboxFiles, names []string) bool {
	ca, err := os.ReadFile(c.caFile)
	if err != nil {
		return false
	}
	if c.pair, err = tls.LoadX509KeyPair(f.path("tls.pem"), f.path("tls-key.pem")); err != nil {
		return false
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(ca)
	for _, name := range names {
		if _, err := c.pair.Leaf.Verify(x509.VerifyOptions{DNSName: name, Roots: roots, CurrentTime: time.Now().Add(24 * time.Hour)}); err != nil {
			return false
		}
	}
	return true
}

// issueCertificate makes an authority and a certificate for names, all in PEM.
func issueCertificate(names []string, now time.Time) (ca, leaf, key []byte, err error) {
	caKey, errCA := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	leafKey, errLeaf := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err := errors.Join(errCA, errLeaf); err != nil {
		return nil, nil, nil, err
	}
	authority := &x509.Certificate{SerialNumber: serial(), Subject: pkix.Name{CommonName: "opgrants sandbox, for tests only"},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(certificateLife), IsCA: true, BasicConstraintsValid: true, MaxPathLenZero: true, KeyUsage: x509.KeyUsageCertSign}
	server := &x509.Certificate{SerialNumber: serial(), Subject: pkix.Name{CommonName: "opgrants sandbox"},
		NotBefore: authority.NotBefore, NotAfter: authority.NotAfter, KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
	for _, name := range names {
		if ip := net.ParseIP(name); ip != nil {
			server.IPAddresses = append(server.IPAddresses, ip)
		} else {
			server.DNSNames = append(server.DNSNames, name)
		}
	}
	caDER, errCA := x509.CreateCertificate(rand.Reader, authority, authority, &caKey.PublicKey, caKey)
	leafDER, errLeaf := x509.CreateCertificate(rand.Reader, server, authority, &leafKey.PublicKey, caKey)
	keyDER, errKey := x509.MarshalPKCS8PrivateKey(leafKey)
	if err := errors.Join(errCA, errLeaf, errKey); err != nil {
		return nil, nil, nil, err
	}
	return encodePEM("CERTIFICATE", caDER), encodePEM("CERTIFICATE", leafDER), encodePEM("PRIVATE KEY", keyDER), nil
}

func serial() *big.Int {
	b := make([]byte, 16)
	_, _ = rand.Read(b) // it cannot fail
	return new(big.Int).SetBytes(b)
}

func encodePEM(kind string, der []byte) []byte {
	var b bytes.Buffer
	_ = pem.Encode(&b, &pem.Block{Type: kind, Bytes: der}) // into memory
	return b.Bytes()
}

// listen answers TLS at the connections of listener. It offers no HTTP/2, in which a
// connection cannot be reset for one request.
func (c *certificate) listen(listener net.Listener) net.Listener {
	return tls.NewListener(listener, &tls.Config{Certificates: []tls.Certificate{c.pair}, MinVersion: tls.VersionTLS12})
}

// print says how to trust the certificate.
func (c *certificate) print(term *cli.Terminal) {
	term.Say("\nIts certificate is from the authority in %[1]s. To trust it, start your app with one of:\n"+
		"  NODE_EXTRA_CA_CERTS='%[1]s'   Node.js\n"+
		"  SSL_CERT_FILE='%[1]s'         Go, Python, Ruby\n"+
		"  REQUESTS_CA_BUNDLE='%[1]s'    Python with requests", c.caFile)
}
