package main

import (
	"os"
	"strings"
	"testing"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
)

// A flag that keygen would ignore leaves its user with a key that is not where he thinks.
func TestKeygenIgnoresNoFlag(t *testing.T) {
	t.Chdir(t.TempDir())
	writeKey(t, "key.pem")
	for line, says := range map[string]string{
		"keygen --from key.pem --out other.pem":        "can't be used together",
		"keygen --from key.pem --secret s.json":        "can't be used together",
		"keygen --from key.pem --public-key key.pem":   "can't be used together",
		"keygen --public-key key.pem --out other.pem":  "can't be used together",
		"keygen --public-key key.pem --secret s.json":  "can't be used together",
		"keygen --out new.pem --secret s.json":         "--secret needs --client-wallet",
		"keygen --out -":                               "never printed",
		"keygen --secret - --client-wallet $a.example": "never printed",
	} {
		wantEnding(t, runs(t, nil, strings.Fields(line)...), exit.Usage, says, "Try: opgrants keygen --help")
	}
	got := runs(t, nil, "keygen", "--from", "nowhere.pem")
	wantEnding(t, got, exit.Key, "--from: ")
	if strings.Contains(got.err, "PRIVATE_KEY_PATH") {
		t.Errorf("names another setting:\n%s", got.err)
	}
	if files, err := os.ReadDir("."); err != nil || len(files) != 1 {
		t.Errorf("made is %v (%v)", files, err)
	}
	if got := runs(t, map[string]string{"WALLET_ADDRESS": "https://wallet.example/shop"}, "keygen", "--from", "key.pem"); got.code != exit.OK {
		t.Errorf("with WALLET_ADDRESS it ends with %d:\n%s", got.code, got.err)
	}
}
