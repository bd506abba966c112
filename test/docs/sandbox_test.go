//go:build tools

package docs_test

import (
	"regexp"
	"strings"
	"testing"
)

// playSandbox starts the sandbox in each way, and the step of GitHub Actions.
func playSandbox(t *testing.T, page string) {
	ports := freePorts(t, 4)
	s := newScene(t, page)
	for i, port := range []string{"3388", "3390", "3391"} {
		s.replace("127.0.0.1:"+port, "127.0.0.1:"+ports[i])
	}
	s.replace("sandbox --dir wallet", "sandbox --listen 127.0.0.1:"+ports[0]+" --dir wallet")
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
