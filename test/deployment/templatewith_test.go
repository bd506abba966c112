//go:build tools

package deployment_test

import (
	"os"
	"path/filepath"
	"regexp"
	"sync"
	"testing"

	"github.com/opgrants/opgrants/test/peers"
)

// templates are the paths of those that [templateWith] has written. Another test may
// read one of them.
var templates = struct {
	sync.Mutex
	written map[string]bool
}{written: map[string]bool{}}

// templateWith is a copy of the built template whose functions have one
// variable more. What is for tests alone is never in template.yaml.
func templateWith(t *testing.T, name, value string) (path string) {
	t.Helper()
	dir := build(t, peers.Architecture())
	templates.Lock()
	defer templates.Unlock()
	path = filepath.Join(dir, name+".yaml")
	if !templates.written[path] {
		writeTemplate(t, path, name, value)
		templates.written[path] = true
	}
	return path
}

// emulatedSend is what the emulator asks for instead of sqs:SendMessage.
const emulatedSend = "sqs:SendMessageBatch"

// writeTemplate writes that of what was built in the folder of path.
func writeTemplate(t *testing.T, path, name, value string) {
	t.Helper()
	template, err := os.ReadFile(filepath.Join(filepath.Dir(path), "template.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	variable := regexp.MustCompile(`(?m)^( +)GRANTS_TABLE:`)
	if !variable.Match(template) {
		t.Fatalf("no environment in\n%s", template)
	}
	template = variable.ReplaceAll(template, []byte("${1}"+name+": "+value+"\n${1}GRANTS_TABLE:"))
	// SQS asks for sqs:SendMessage of who sends a batch, the emulator for an action of its own:
	// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-api-permissions-reference.html
	send := regexp.MustCompile(`(?m)^( +)- sqs:SendMessage$`)
	if !send.Match(template) {
		t.Fatalf("nobody may send messages in\n%s", template)
	}
	template = send.ReplaceAll(template, []byte("${0}\n${1}- "+emulatedSend))
	// The emulator takes the value of a parameter of the type Number for a text there, and hands out no message.
	concurrency := regexp.MustCompile(`MaximumConcurrency:(\s+Ref: | !Ref )KeepConcurrency`)
	if !concurrency.Match(template) {
		t.Fatalf("no MaximumConcurrency in\n%s", template)
	}
	template = concurrency.ReplaceAll(template, []byte("MaximumConcurrency: 10"))
	if err := os.WriteFile(path, template, 0o600); err != nil {
		t.Fatal(err)
	}
	makeAlarmsPlain(t, path)
}
