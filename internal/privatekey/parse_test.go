package privatekey_test

import (
	"crypto/ed25519"
	"strings"
	"testing"

	"github.com/opgrants/opgrants/internal/privatekey"
	"github.com/opgrants/opgrants/test/inputs"
)

func TestTheDocumentationListsTheFormsOfKeys(t *testing.T) {
	var tried []inputs.Row
	for name := range taken() {
		tried = append(tried, inputs.Row{Input: name, Result: inputs.Taken})
	}
	for name, row := range refused(t) {
		tried = append(tried, inputs.Row{Input: name, Result: "`" + row.Result + "`"})
	}
	for _, name := range toolFiles {
		tried = append(tried, inputs.Row{Input: name.what, Result: inputs.Taken})
	}
	inputs.Check(t, "Private keys", tried)
}

func FuzzParse(f *testing.F) {
	for _, input := range taken() {
		f.Add([]byte(input))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := privatekey.Parse(data)
		switch {
		case err == nil && len(got) != ed25519.PrivateKeySize:
			t.Errorf("a key of %d bytes", len(got))
		case err == nil && !ed25519.Verify(got.Public().(ed25519.PublicKey), data, ed25519.Sign(got, data)):
			t.Error("the halves of the key do not agree")
		case err != nil && strings.Contains(err.Error(), "\n"):
			t.Errorf("the error has several lines: %v", err)
		case err != nil:
			for i := 0; i+20 <= len(data); i += 20 {
				if strings.Contains(err.Error(), string(data[i:i+20])) && !strings.Contains("PRIVATE KEY", string(data[i:i+8])) {
					t.Errorf("the error repeats the input: %v", err)
				}
			}
		}
	})
}
