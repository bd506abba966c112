//go:build tools

package deployment_test

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"github.com/opgrants/opgrants/test/peers"
	"github.com/opgrants/opgrants/test/template"
)

// An emulated function runs under Lambda's own runtime interface
// emulator, which starts it at the first event and hands it one at a time.
type emulated struct {
	name   string
	url    string
	output *buffer // of the emulator and the function
}

// emulate starts the emulator with a function of template.yaml. The function
// has only env, and what Lambda would set.
func emulate(t *testing.T, function string, env ...string) *emulated {
	t.Helper()
	bootstrap := filepath.Join(build(t, peers.Architecture()), function, "bootstrap")
	addresses := freeAddresses(t, 2)
	f := &emulated{name: function, url: "http://" + addresses[0] + "/2015-03-31/functions/function/invocations"}
	cmd := exec.Command(peers.RIE(t), "--runtime-interface-emulator-address", addresses[0], "--runtime-api-address", addresses[1], bootstrap)
	cmd.Dir = t.TempDir()
	cmd.Env = append([]string{
		"AWS_LAMBDA_FUNCTION_NAME=" + function, "AWS_LAMBDA_FUNCTION_TIMEOUT=" + strconv.Itoa(timeout(t, function)),
		"AWS_LAMBDA_FUNCTION_MEMORY_SIZE=512",
	}, env...)
	f.output = runServer(t, function, cmd)
	awaitListening(t, addresses[0])
	return f
}

// runServer runs a server for as long as the test lasts.
func runServer(t *testing.T, name string, cmd *exec.Cmd) (output *buffer) {
	t.Helper()
	output = &buffer{}
	cmd.Stdout, cmd.Stderr = output, output
	cmd.WaitDelay = 5 * time.Second // for its children to end, which have them too
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { // its children end when it is gone
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("%s:\n%s", name, output)
		}
	})
	return output
}

// timeout is that of a function in template.yaml, in seconds.
func timeout(t *testing.T, name string) int {
	t.Helper()
	from := template.Read(t)
	return cmp.Or(template.Resources[struct{ Timeout int }](t, from, "AWS::Serverless::Function")[name].Timeout, from.Globals.Function.Timeout)
}

// An answer of any function: API Gateway's, or the error that Lambda counts.
type answer struct {
	events.APIGatewayV2HTTPResponse
	ErrorMessage string `json:"errorMessage"`

	whole string // compact JSON
}

// UnmarshalJSON also keeps the whole answer.
func (a *answer) UnmarshalJSON(text []byte) error {
	type plain answer
	var compact bytes.Buffer
	if err := json.Compact(&compact, text); err != nil {
		return err
	}
	a.whole = compact.String()
	return json.Unmarshal(text, (*plain)(a))
}

// invoke hands the function an event of the HTTP API, and decodes its answer.
func (f *emulated) invoke(t *testing.T, event []byte) (answer events.APIGatewayV2HTTPResponse) {
	t.Helper()
	f.send(t, event, &answer)
	if answer.StatusCode == 0 {
		t.Fatalf("%s failed; it wrote:\n%s", f.name, f.output)
	}
	checkEvent(t, event, answer)
	return answer
}

func (f *emulated) send(t *testing.T, event []byte, answer any) {
	t.Helper()
	if err := f.post(t.Context(), event, answer); err != nil {
		t.Fatal(err)
	}
}

func (f *emulated) post(ctx context.Context, event []byte, answer any) error {
	ctx, cancel := context.WithTimeout(ctx, 40*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, f.url, bytes.NewReader(event))
	if err != nil {
		return err
	}
	response, err := new(http.Client).Do(r)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	if err := json.NewDecoder(response.Body).Decode(answer); err != nil {
		return fmt.Errorf("%s answered %s: %w", f.name, response.Status, err)
	}
	return nil
}

// waitForLines are the function's log lines that have the message, once there
// are n of them: what it wrote arrives after its answer.
func (f *emulated) waitForLines(message string, n int) (all []map[string]any) {
	for range 1000 {
		if all = f.lines(message); len(all) >= n {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	return all
}

func (f *emulated) lines(message string) (all []map[string]any) {
	for line := range bytes.Lines(f.output.Bytes()) {
		var fields map[string]any
		if json.Unmarshal(line, &fields) == nil && fields["message"] == message {
			all = append(all, fields)
		}
	}
	return all
}

var initReport = regexp.MustCompile(`INIT REPORT\(durationMs: ([0-9.]+)\)`)

// initTime is how long the function took from its start to its readiness.
func (f *emulated) initTime(t *testing.T) time.Duration {
	t.Helper()
	found := initReport.FindSubmatch(f.output.Bytes())
	if found == nil {
		t.Fatalf("the emulator did not report INIT:\n%s", f.output)
	}
	ms, err := strconv.ParseFloat(string(found[1]), 64)
	if err != nil {
		t.Fatal(err)
	}
	return time.Duration(ms * float64(time.Millisecond))
}

func freeAddresses(t *testing.T, n int) []string {
	t.Helper()
	var all []string
	for range n { // all are held until the last is found, so that they differ
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		all = append(all, l.Addr().String())
	}
	return all
}

func awaitListening(t *testing.T, address string) {
	t.Helper()
	var err error
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); { // a machine may be busy
		var c net.Conn
		if c, err = net.Dial("tcp", address); err == nil {
			_ = c.Close()
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Fatal(err)
}

// A buffer can be written to and read at once.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

// Bytes is a copy of what was written.
func (b *buffer) Bytes() []byte {
	b.mu.Lock()
	defer b.mu.Unlock()
	return bytes.Clone(b.b.Bytes())
}

func (b *buffer) String() string { return string(b.Bytes()) }
