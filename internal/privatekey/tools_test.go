package privatekey_test

import (
	"encoding/base64"
	"encoding/pem"
	"strings"
	"testing"

	"github.com/opgrants/opgrants/internal/privatekey"
)

// toolFiles were written by ssh-keygen 9 and openssl 3.
var toolFiles = []struct{ what, file, public string }{
	{"An OpenSSH key as `ssh-keygen -t ed25519` writes it", "openssh_ed25519", "openssh_ed25519.pub"},
	{"An OpenSSH key without a comment", "openssh_no_comment", "openssh_no_comment.pub"},
	{"What `openssl genpkey` writes", "pkcs8_ed25519.pem.txt", "pkcs8_ed25519.pub.txt"},
	{"What `openssl pkey -outform DER` writes", "pkcs8_ed25519.der", "pkcs8_ed25519.pub.txt"},
	{"What `openssl pkey -text` prints", "openssl_text.txt", "pkcs8_ed25519.pub.txt"},
	{"What `openssl pkey -text -noout` prints", "openssl_text_only.txt", "pkcs8_ed25519.pub.txt"},
}

func TestWhatToolsWriteIsTaken(t *testing.T) {
	for _, tt := range toolFiles {
		input, public := file(t, tt.file), file(t, tt.public)
		for name, mangled := range map[string]string{
			"as it is": input, "in base64": b64([]byte(input)), "with CRLF": strings.ReplaceAll(input, "\n", "\r\n"),
		} {
			if name == "with CRLF" && strings.HasSuffix(tt.file, ".der") {
				continue
			}
			got, err := privatekey.Parse([]byte(mangled))
			if err != nil {
				t.Errorf("%s, %s: %v", tt.what, name, err)
				continue
			}
			if !strings.Contains(decodedPublic(public), string(got[32:])) {
				t.Errorf("%s, %s: another key", tt.what, name)
			}
		}
	}
}

// decodedPublic is what a public key's PEM or line of ssh-keygen has in base64.
func decodedPublic(text string) string {
	if block, _ := pem.Decode([]byte(text)); block != nil {
		return string(block.Bytes)
	}
	raw, err := base64.StdEncoding.DecodeString(strings.Fields(text)[1])
	if err != nil {
		panic(err)
	}
	return string(raw)
}

func TestAnOpenSSHKeyThatWasCutOrChangedIsRefused(t *testing.T) {
	block, _ := pem.Decode([]byte(file(t, "openssh_ed25519")))
	for n := range block.Bytes {
		cut := block.Bytes[:n]
		if got, err := privatekey.Parse(cut); err == nil && n < len(block.Bytes)-32 {
			t.Errorf("cut after %d bytes it is read as a key: %v", n, got != nil)
		}
	}
	for _, at := range []int{len(block.Bytes) - 100, 98, 62} {
		changed := append([]byte{}, block.Bytes...)
		changed[at] ^= 1
		if _, err := privatekey.Parse(changed); err == nil {
			t.Errorf("changed at %d it is read as a key", at)
		}
	}
}
