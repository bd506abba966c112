package privatekey

import (
	"crypto/ed25519"
	"encoding/binary"
	"strings"
)

// openSSHMagic is how a private key begins in PROTOCOL.key of OpenSSH.
const openSSHMagic = "openssh-key-v1\x00"

// parseOpenSSH reads the private key that ssh-keygen writes, without a
// passphrase. It is read here rather than by golang.org/x/crypto/ssh, which would
// bring a whole SSH client into each function.
func parseOpenSSH(data []byte) (ed25519.PrivateKey, error) {
	r := sshReader{rest: data[len(openSSHMagic):]}
	cipher, _, _ := r.text(), r.text(), r.text() // and the key derivation with its options
	count := r.number()
	outer := r.text() // the public key, which is in the private part too
	private := sshReader{rest: []byte(r.text())}
	switch {
	case !r.ok():
		return nil, errBrokenSSH
	case cipher != "none":
		return nil, errEncryptedSSH
	case count != 1:
		return nil, errTwoKeys
	}
	check1, check2 := private.number(), private.number()
	kind := private.text()
	switch {
	case !private.ok() || check1 != check2:
		return nil, errBrokenSSH
	case kind == "ssh-rsa":
		return nil, wrongKind("RSA")
	case strings.HasPrefix(kind, "ecdsa-"):
		return nil, wrongKind("ECDSA")
	case strings.HasPrefix(kind, "sk-"):
		return nil, wrongKind("a hardware token")
	case kind != "ssh-ed25519":
		return nil, wrongKind("another algorithm than Ed25519")
	}
	public, both := private.text(), private.text()
	if !private.ok() || len(both) != ed25519.PrivateKeySize || !strings.HasSuffix(outer, public) {
		return nil, errBrokenSSH
	}
	key, err := fromRaw([]byte(both))
	if err != nil {
		return nil, err
	}
	return agrees(key, []byte(public))
}

// An sshReader reads the encodings of RFC 4251 section 5.
type sshReader struct {
	rest   []byte
	failed bool
}

func (r *sshReader) ok() bool { return !r.failed }

func (r *sshReader) number() uint32 {
	if len(r.rest) < 4 {
		r.failed, r.rest = true, nil
		return 0
	}
	n := binary.BigEndian.Uint32(r.rest)
	r.rest = r.rest[4:]
	return n
}

func (r *sshReader) text() string {
	n := uint64(r.number())
	if r.failed || n > uint64(len(r.rest)) {
		r.failed, r.rest = true, nil
		return ""
	}
	s := string(r.rest[:n])
	r.rest = r.rest[n:]
	return s
}
