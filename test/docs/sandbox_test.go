//go:build tools

package docs_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// playSandbox starts the sandbox in each way, and the step of GitHub Actions.
func playSandbox(t *testing.T, page string) {
	ports := freePorts(t, 6)
	s := newScene(t, page)
	for i, port := range []string{"3388", "3390", "3391"} {
		s.replace("127.0.0.1:"+port, "127.0.0.1:"+ports[i])
	}
	test := regexp.MustCompile("(?s)```js\n(.+?)```").FindStringSubmatch(read(t, page))
	if test == nil {
		t.Fatalf("%s has no test", page)
	}
	file := filepath.Join(t.TempDir(), "checkout.test.mjs")
	code := strings.NewReplacer("127.0.0.1:3388", "127.0.0.1:"+ports[4], "http://127.0.0.1:8080", described(t, ports[5])).Replace(test[1])
	if err := os.WriteFile(file, []byte(code), 0o600); err != nil {
		t.Fatal(err)
	}
	s.replace("sandbox --dir wallet --wait 0s", "sandbox --listen 127.0.0.1:"+ports[4]+" --dir wallet-test --wait 0s")
	s.replace("serve --env-file wallet/env --data-file wallet/", "serve --listen 127.0.0.1:"+ports[5]+" --env-file wallet-test/env --data-file wallet-test/")
	s.goesOn(`^bin/opgrants serve`, listening, nil)
	s.replace("checkout.test.mjs", file)
	s.replace("sandbox --dir wallet\n", "sandbox --listen 127.0.0.1:"+ports[0]+" --dir wallet\n")
	s.goesOn(`^bin/opgrants sandbox`, `Tests control it at`, nil)
	s.play()
	at := block{page: page}
	state := s.run(at, "curl -sS http://127.0.0.1:"+ports[0]+"/control/grants | jq -r 'map(.state) | join(\" \")'\n")
	if strings.TrimSpace(state) != "approved approved" {
		t.Errorf("at the end of %s the grants are %s", page, state)
	}
	step := regexp.MustCompile("(?m)^- run: (.+)$").FindStringSubmatch(read(t, page))
	if step == nil {
		t.Fatalf("%s has no step of GitHub Actions", page)
	}
	command := strings.NewReplacer(module+"/cmd/opgrants@latest", "./cmd/opgrants", "sandbox --dir", "sandbox --listen 127.0.0.1:"+ports[3]+" --dir",
		"127.0.0.1:3388", "127.0.0.1:"+ports[3]).Replace(step[1])
	s.run(at, command)
	if got := s.run(at, "curl -sS http://127.0.0.1:"+ports[3]+"/alice | jq -r .publicName\n"); !strings.Contains(got, "Alice") {
		t.Errorf("after the step of GitHub Actions the wallet answers %s", got)
	}
}
