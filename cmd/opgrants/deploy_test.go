package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
	"github.com/opgrants/opgrants/pkg/sandbox"
)

// setting returns the values of a setting in the unit of systemd.
func setting(t *testing.T, unit, name string) string {
	t.Helper()
	found := regexp.MustCompile(`(?m)^` + name + `=(.*)$`).FindStringSubmatch(unit)
	if found == nil {
		t.Fatalf("the unit has no %s", name)
	}
	return found[1]
}

// The command and the variables of the unit start the service, with the files that
// systemd hands to it.
func TestTheUnitOfSystemdStartsServe(t *testing.T) {
	text, err := os.ReadFile("../../deploy/serve/opgrants.service")
	if err != nil {
		t.Fatal(err)
	}
	unit := string(text)
	p := newPlace(t, sandbox.Config{})
	handed, state := t.TempDir(), t.TempDir()
	key, err := os.ReadFile(p.key)
	if err != nil {
		t.Fatal(err)
	}
	settings := "PUBLIC_URL=https://grants.example\nINSECURE_ALLOW_LOCAL=true\nWALLET_ADDRESS=" + p.client + "\nKEY_ID=key-1\nAPI_TOKEN=shop:" + shopToken + "\nRETURN_URLS=" + returnURL + "\n"
	for _, file := range regexp.MustCompile(`(?m)^LoadCredential=([\w.]+):/etc/opgrants/[\w.]+$`).FindAllStringSubmatch(unit, -1) {
		content := map[string][]byte{"env": []byte(settings), "key.pem": key}[file[1]]
		if err := os.WriteFile(filepath.Join(handed, file[1]), content, 0o400); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(state, setting(t, unit, "StateDirectory")), 0o700); err != nil {
		t.Fatal(err)
	}
	here := strings.NewReplacer("%d", handed, "%S", state, "127.0.0.1:9464", "127.0.0.1:0")
	env := map[string]string{}
	for _, variable := range strings.Fields(here.Replace(setting(t, unit, "Environment"))) {
		name, value, _ := strings.Cut(variable, "=")
		env[name] = value
	}
	command := strings.Fields(here.Replace(setting(t, unit, "ExecStart")))
	r := start(t, env, append(command[1:], "--listen", "127.0.0.1:0")...)
	if status := readyz(r.listeningAt(t)); status != 200 {
		t.Errorf("/readyz answers %d", status)
	}
	if names := files(t, filepath.Join(state, "opgrants")); len(names) == 0 {
		t.Error("there is no data in the state directory")
	}
	r.cancel()
	if got := r.end(t); got.code != exit.OK {
		t.Errorf("ended with %d: %s", got.code, got.err)
	}
}

func TestTheUnitOfSystemdKnowsHowServeEnds(t *testing.T) {
	text, err := os.ReadFile("../../deploy/serve/opgrants.service")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := setting(t, string(text), "RestartPreventExitStatus"), fmt.Sprintf("%d %d %d", exit.Usage, exit.Key, exit.Data); got != want {
		t.Errorf("systemd does not start it again after %s, want %s", got, want)
	}
	const stopTime = 30 // seconds; see serve --help
	if seconds, err := strconv.Atoi(setting(t, string(text), "TimeoutStopSec")); err != nil || seconds < stopTime+10 {
		t.Errorf("it has %d s to stop, %v", seconds, err)
	}
}
