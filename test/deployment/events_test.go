//go:build tools

package deployment_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/opgrants/opgrants/test/peers"
)

// anEvent is a file of events/, the function that takes it, and what the answer
// has when nobody has made the grant that it names.
type anEvent struct {
	function, file string
	status         int // 0: the function is no API, and want is its answer, or the error that Lambda counts
	want           string
}

var allEvents = []anEvent{
	{"RequestGrant", "request-grant.json", http.StatusCreated, `"status":"pending"`},
	{"FinishCallback", "finish-callback.json", http.StatusBadRequest, "link_not_valid"},
	{"ManageGrant", "get-grant.json", http.StatusNotFound, `"code":"not_found"`},
	{"ManageGrant", "list-grants.json", http.StatusOK, `{"grants":[`},
	{"ManageGrant", "claim-grant.json", http.StatusNotFound, `"code":"not_found"`},
	{"MakePayment", "make-payment.json", http.StatusNotFound, `"code":"not_found"`},
	{"ManageGrant", "list-payments.json", http.StatusNotFound, `"code":"not_found"`},
	{"ManageGrant", "get-payment.json", http.StatusNotFound, `"code":"not_found"`},
	{"ManageGrant", "get-spent.json", http.StatusNotFound, `"code":"not_found"`},
	{"ManageGrant", "get-token.json", http.StatusNotFound, `"code":"not_found"`},
	{"ManageGrant", "delete-grant.json", http.StatusNotFound, `"code":"not_found"`},
	{"FindDue", "find-due.json", 0, `{"handedOut":0,"probes":0,"parked":0,"oldestSeconds":0,"left":false}`},
	{"FindDue", "list-given-up.json", 0, `{"grants":[]}`},
	{"FindDue", "retry-grant.json", 0, "there is no such grant"},
	{"KeepGrants", "keep-grants.json", 0, `{"batchItemFailures":[]}`},
}

// takeEachEvent hands each file of events/ to its function, under the runtime
// interface emulator.
func (c *cloud) takeEachEvent(t *testing.T) {
	d := c.deploy(t)
	d.putKey(t)
	running := map[string]*emulated{}
	for _, e := range allEvents {
		if running[e.function] == nil {
			running[e.function] = emulate(t, e.function, d.environment()...)
		}
		t.Run(e.file, func(t *testing.T) {
			var got answer
			running[e.function].send(t, toWallet(readEvent(t, e.file), strings.TrimSuffix(d.alice, "/alice")), &got)
			e.wantAnswer(t, got)
		})
	}
}

// invokesEachFunction runs the command that make local prints, for each function with
// one of its files of events/. The others are taken in TestTheFunctions: the command
// takes some seconds.
func (l *localRun) invokesEachFunction(t *testing.T, host string) {
	t.Helper()
	wallet := strings.Replace(l.printed(t, `wallet   (\S+)`), "127.0.0.1", "host.docker.internal", 1)
	invoked := map[string]bool{}
	for _, e := range allEvents {
		if invoked[e.function] {
			continue
		}
		invoked[e.function] = true
		t.Run(e.file, func(t *testing.T) {
			e.wantAnswer(t, l.invoke(t, host, e, toWallet(readEvent(t, e.file), wallet)))
		})
	}
	t.Run("the page has the command", func(t *testing.T) {
		page, err := os.ReadFile(filepath.Join(peers.Root(t), "docs", "getting-started.md"))
		source, err2 := os.ReadFile(filepath.Join(peers.Root(t), "make", "local", "main.go"))
		if err != nil || err2 != nil {
			t.Fatal(err, err2)
		}
		const command = "sam/bin/sam local invoke RequestGrant --event events/request-grant.json --config-file"
		if !strings.Contains(string(page), "\n.tools/"+command+` "$PWD/.aws-sam/local/samconfig.toml"`+"\n") || !strings.Contains(string(source), "%s/"+command) {
			t.Errorf("docs/getting-started.md and make local do not have the same command %s", command)
		}
	})
	t.Run("with a key in KMS", func(t *testing.T) { l.signsWithKMS(t, host, wallet) })
	t.Run("a grant that was made is found", func(t *testing.T) {
		made := l.invoke(t, host, allEvents[0], toWallet(readEvent(t, allEvents[0].file), wallet))
		id, _ := wants(t, made.APIGatewayV2HTTPResponse, http.StatusCreated)["id"].(string)
		find := anEvent{"ManageGrant", "get-grant.json", http.StatusOK, `"id":"` + id + `"`}
		find.wantAnswer(t, l.invoke(t, host, find, event(t, find.file, of(id))))
	})
}

// signsWithKMS runs what docs/keys.md says. The wallet does not know the key, and
// answers only to who has signed.
func (l *localRun) signsWithKMS(t *testing.T, dockerHost, wallet string) {
	t.Helper()
	page, err := os.ReadFile(filepath.Join(peers.Root(t), "docs", "keys.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, commands, _ := strings.Cut(string(page), "```sh\nexport AWS_ACCESS_KEY_ID=local")
	commands, _, found := strings.Cut(commands, "```")
	if !found {
		t.Fatal("docs/keys.md has no such commands")
	}
	file := filepath.Join(t.TempDir(), "request-grant.json")
	if err := os.WriteFile(file, toWallet(readEvent(t, "request-grant.json"), wallet), 0o600); err != nil {
		t.Fatal(err)
	}
	aws := filepath.Join(peers.Root(t), ".tools", "awscli", "bin")
	commands = "aws() { " + aws + "/python3 " + aws + `/aws --endpoint-url "$AWS_ENDPOINT_URL" "$@"; }` + "\nexport AWS_ACCESS_KEY_ID=local" +
		strings.NewReplacer("http://127.0.0.1:…", l.printed(t, `emulated Secrets Manager at (\S+)\. Logs`), eventWallet, wallet, "events/request-grant.json", file).Replace(commands)
	var got answer
	out := shell(t, []string{"DOCKER_HOST=" + dockerHost, "__SAM_CLI_APP_DIR=" + t.TempDir()}, commands)
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	(anEvent{"RequestGrant", "", http.StatusServiceUnavailable, "key_refused"}).wantAnswer(t, got)
}

func TestEachFileOfEventsIsInvoked(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(peers.Root(t), "events", "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if !slices.ContainsFunc(allEvents, func(e anEvent) bool { return e.file == filepath.Base(file) }) {
			t.Errorf("no test invokes a function with %s", file)
		}
	}
}

// eventWallet is the wallet in events/request-grant.json: the sandbox of make
// local, which takes this port if it is free.
const eventWallet = "http://host.docker.internal:3388"

// toWallet is the event as it is, unless the wallet listens elsewhere.
func toWallet(event []byte, wallet string) []byte {
	return []byte(strings.ReplaceAll(string(event), eventWallet, wallet))
}

// shell runs a command line in the root of the repository, as a user does.
func shell(t *testing.T, env []string, line string) (stdout string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "bash", "-c", line)
	cmd.Dir = peers.Root(t)
	cmd.Env = append(append(peers.WithoutAWS(os.Environ()), "SAM_CLI_TELEMETRY=0"), env...)
	var out, log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &log
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s: %v\n%s\n%s", line, err, &out, &log)
	}
	return out.String()
}

func (e anEvent) wantAnswer(t *testing.T, got answer) {
	t.Helper()
	if e.status == 0 {
		if got.whole != e.want && (got.ErrorMessage == "" || !strings.Contains(got.ErrorMessage, e.want)) {
			t.Errorf("%s answered %s, want %s", e.function, got.whole, e.want)
		}
		return
	}
	if got.StatusCode != e.status || got.ErrorMessage != "" || !strings.Contains(got.Body, e.want) {
		t.Errorf("%s answered %+v, want %d and %s", e.function, got, e.status, e.want)
	}
}

// invoke runs the command that make local printed, with another function and
// another event.
func (l *localRun) invoke(t *testing.T, dockerHost string, e anEvent, event []byte) (got answer) {
	t.Helper()
	printed := l.printed(t, `(\S+ local invoke RequestGrant --event events/request-grant\.json .*)\n`)
	file := filepath.Join("events", e.file)
	if string(event) != string(readEvent(t, e.file)) {
		file = filepath.Join(t.TempDir(), e.file)
		if err := os.WriteFile(file, event, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	command := strings.NewReplacer("RequestGrant", e.function, "events/request-grant.json", file).Replace(printed)
	out := shell(t, []string{"DOCKER_HOST=" + dockerHost, "__SAM_CLI_APP_DIR=" + t.TempDir()}, command)
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return got
}
