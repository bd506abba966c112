//go:build tools

package deployment_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"github.com/opgrants/opgrants/pkg/sandbox"
)

// A setting is another value of one parameter, and where it shows in what the
// stack answers.
type setting struct {
	parameter, value string
	readBy           []string // functions; no other is there in another version
	seen             func(*testing.T) string
	before, after    string
}

// obeysEachParameter: another value of one parameter, with the same code,
// changes what is answered; the former value changes it back.
func (s *stack) obeysEachParameter(t *testing.T) {
	s.putKey(t)
	for _, c := range s.settings(t) {
		t.Run(c.parameter, func(t *testing.T) {
			had := s.parameter(t, c.parameter)
			if got := c.seen(t); got != c.before {
				t.Errorf("before: %s, want %s", got, c.before)
			}
			s.changes(t, c, c.value)
			if got := c.seen(t); got != c.after {
				t.Errorf("with %q: %s, want %s", c.value, got, c.after)
			}
			s.changes(t, c, had)
			if got := c.seen(t); got != c.before {
				t.Errorf("with %q again: %s, want %s", had, got, c.before)
			}
		})
	}
}

// changes sets the parameter, and has a look at who is there in another version.
func (s *stack) changes(t *testing.T, c setting, value string) {
	t.Helper()
	want := s.versions(t)
	s.change(t, c.parameter, value)
	for _, function := range c.readBy {
		want[function]++
	}
	if got := s.versions(t); !maps.Equal(got, want) {
		t.Errorf("with %q the versions are %v, want %v", value, got, want)
	}
}

func (s *stack) settings(t *testing.T) []setting {
	t.Helper()
	s.change(t, "CertificateArn", certificate) // without which there is no DomainName
	own := s.outputs["PublicUrl"]
	secret, keys := s.anotherSecret(t)
	asks := []string{"RequestGrant"}
	signing := slices.DeleteFunc(slices.Clone(functions), func(name string) bool { return name == "FindDue" })
	return []setting{
		{"ReturnUrls", longestReturnURLs, asks, s.returnURLs, "201 422", "422 201"},
		{"OwnerBy", "role", []string{"RequestGrant", "ManageGrant", "MakePayment"}, s.owners(t), "200 200", "200 404"},
		{"Payments", "off", []string{"RequestGrant", "MakePayment"}, s.payments, "201 404", "503 503"},
		{"Payees", "https://wallet.example/till", []string{"RequestGrant", "MakePayment"}, s.paysTheStall(t), "201", "422"},
		{"AllowUnboundGrants", "true", asks, func(t *testing.T) string { return s.asks(t, "") }, "422", "201"},
		{"SigningKeySecretArn", secret, signing, keys, "201 503", "503 201"},
		{"PublicUrl", "https://shop.example/consent", asks, s.finishBase, own, "https://shop.example/consent"},
		{"DomainName", "grants.shop.example", asks, s.finishBase, own, "https://grants.shop.example"},
		{"QueueLimit", "1", []string{"FindDue"}, s.leavesOneOfTwo, "false", "true"},
		{"LogLevel", "WARNING", functions, s.logsRequests, "[1 1 1 1 1 1]", "[0 0 0 0 0 0]"},
	}
}

// longestReturnURLs has the 2,500 characters that ReturnUrls may have.
var longestReturnURLs = "https://shop.example/other" + strings.Repeat(",https://shop.example/"+strings.Repeat("x", 77), 24) +
	",https://shop.example/" + strings.Repeat("y", 2500-26-24*99-22)

// certificate is one that the emulator does not look for.
const certificate = "arn:aws:acm:" + region + ":000000000000:certificate/grants"

// asks is the status of asking for a grant that returns there.
func (s *stack) asks(t *testing.T, returnURL string) string {
	t.Helper()
	body, err := json.Marshal(map[string]any{"walletAddress": s.alice, "unlimited": true, "returnUrl": returnURL})
	if err != nil {
		t.Fatal(err)
	}
	return strconv.Itoa(s.app(t, http.MethodPost, "/grants", string(body)).StatusCode)
}

func (s *stack) returnURLs(t *testing.T) string {
	return s.asks(t, "https://shop.example/thanks") + " " + s.asks(t, "https://shop.example/other")
}

// payments are the status of asking for a checkout, and of a payment from a grant
// that is not there.
func (s *stack) payments(t *testing.T) string {
	pay := s.app(t, http.MethodPost, nobodys+"/payments", "{}", "Idempotency-Key", rand.Text())
	return fmt.Sprint(s.post(t, checkout, "Idempotency-Key", rand.Text()).StatusCode, pay.StatusCode)
}

// paysTheStall is the status of asking for a checkout that pays another wallet
// address than the service's own.
func (s *stack) paysTheStall(t *testing.T) func(*testing.T) string {
	t.Helper()
	stall, err := s.wallet.AddWallet(sandbox.Wallet{Name: "stall", PublicName: "Stall"})
	if err != nil {
		t.Fatal(err)
	}
	return func(t *testing.T) string {
		toTheStall := func(body map[string]any) {
			checkout(body)
			body["payment"].(map[string]any)["to"] = stall
		}
		return strconv.Itoa(s.post(t, toTheStall).StatusCode)
	}
}

// owners: a grant of the app's is there for the app, and for another user of the
// account or not.
func (s *stack) owners(t *testing.T) func(*testing.T) string {
	till := s.user(t, "till")
	s.mayCall(t, "till")
	return func(t *testing.T) string {
		path := "/grants/" + wants(t, s.post(t, nil), http.StatusCreated)["id"].(string)
		other := s.gateway(t, signed(t, s.toAPI(t, http.MethodGet, path, nil), till, "execute-api"))
		return fmt.Sprint(s.app(t, http.MethodGet, path, "").StatusCode, other.StatusCode)
	}
}

// anotherSecret has another key of the client's. keys tells by whom the wallet
// lets itself be asked: if it knows the stack's key alone, and if it knows that.
func (s *stack) anotherSecret(t *testing.T) (arn string, keys func(*testing.T) string) {
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	other := &deployment{cloud: s.cloud, client: s.client, key: private}
	made, err := s.secrets().CreateSecret(t.Context(), &secretsmanager.CreateSecretInput{Name: aws.String("another")})
	if err != nil {
		t.Fatal(err)
	}
	other.secret = *made.ARN
	other.putKey(t)
	return other.secret, func(t *testing.T) string {
		if s.secret != other.secret {
			s.putKey(t) // once the stack has one of its own again, that is new and empty
		}
		var seen []string
		for _, key := range []ed25519.PublicKey{public, s.key.Public().(ed25519.PublicKey)} {
			if err := s.wallet.SetKeys(s.client, sandbox.NewJWK("key-1", key)); err != nil {
				t.Fatal(err)
			}
			seen = append(seen, s.asks(t, "https://shop.example/thanks"))
		}
		return seen[1] + " " + seen[0]
	}
}

// leavesOneOfTwo is whether a run leaves some of two grants that are due.
func (s *stack) leavesOneOfTwo(t *testing.T) string {
	for range 2 {
		s.makeDue(t, s.claimed(t).id)
	}
	return strconv.FormatBool(s.plan(t).Left)
}

// finishBase is the URL that the wallet is told to send the browser back to, as
// far as it is the same for all grants.
func (s *stack) finishBase(t *testing.T) string {
	id, link := s.consented(t)
	base, _, _ := strings.Cut(link, "/grants/"+id+"/finish?")
	return base
}

// logsRequests is how many lines each function writes of one request.
func (s *stack) logsRequests(t *testing.T) string {
	var lines []int
	for _, function := range functions {
		before := s.logged(t, function)
		switch function {
		case "RequestGrant":
			s.post(t, nil)
		case "FinishCallback":
			s.browse(t, s.outputs["PublicUrl"]+nobodys+"/finish?hash=x&interact_ref=x")
		case "ManageGrant":
			s.app(t, http.MethodGet, nobodys, "")
		case "MakePayment":
			s.app(t, http.MethodPost, nobodys+"/payments", "{}", "Idempotency-Key", rand.Text())
		case "FindDue":
			id := s.claimed(t).id
			before = s.logged(t, function)
			s.makeDue(t, id)
			s.plan(t)
		case "KeepGrants": // whose log has lines about the tasks of the queue, too
			lines = append(lines, whatItDid(s.tail(t, function, readEvent(t, "keep-grants.json"))))
			continue
		}
		lines = append(lines, s.written(t, before))
	}
	return fmt.Sprint(lines)
}

// written is how many lines about what it did a function has logged since.
func (s *stack) written(t *testing.T, before *emulated) int {
	t.Helper()
	reports := func(log *emulated) int { return strings.Count(log.output.String(), "REPORT RequestId: ") }
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		now := s.logged(t, before.name)
		if reports(now) > reports(before) {
			return whatItDid(now) - whatItDid(before)
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s was not invoked", before.name)
		}
	}
}

// whatItDid is how many lines about what it did a log has.
func whatItDid(log *emulated) int {
	return len(log.lines("request")) + len(log.lines("due grants handed out")) + len(log.lines("tasks done"))
}

// tail is what a function logs when it is invoked with an event, without the
// lines of other invocations.
func (s *stack) tail(t *testing.T, function string, event []byte) *emulated {
	t.Helper()
	path := "/2015-03-31/functions/" + s.resources[function] + ":live/invocations"
	response, _ := s.call(t, "lambda", http.MethodPost, path, http.Header{"X-Amz-Log-Type": {"Tail"}}, event)
	log, err := base64.StdEncoding.DecodeString(response.Header.Get("X-Amz-Log-Result"))
	if failed := response.Header.Get("X-Amz-Function-Error"); err != nil || failed != "" {
		t.Fatalf("%s answered %s, and its log %v", function, failed, err)
	}
	own := &emulated{name: function, output: &buffer{}}
	_, _ = own.output.Write(log)
	return own
}
