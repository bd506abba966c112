package shop

import (
	"os/exec"
	"strings"
	"testing"
)

// The shop holds no key: it does not even have the code that reads one or signs. All that
// it knows is in [Config]: the service's URL and its token.
func TestTheShopHasNoCodeThatSigns(t *testing.T) {
	const module = "github.com/opgrants/opgrants/"
	deps, err := exec.Command("go", "list", "-deps", ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	all := strings.Fields(string(deps))
	ours := 0
	for _, path := range all {
		rest, found := strings.CutPrefix(path, module)
		if !found {
			continue
		}
		ours++
		switch rest {
		case "pkg/opclient", "pkg/httpsig", "internal/signingkey", "internal/privatekey", "cmd/opgrants/internal/identity":
			t.Errorf("the shop has %s", path)
		}
	}
	if ours < 3 {
		t.Errorf("only %d packages of this module are listed: %s", ours, deps)
	}
}
