package cloud_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/opgrants/opgrants/internal/cloud"
	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/test/openapi/own"
)

const id = "qL8f3yJX0mE5vT2nRk7wZg"

// anAWS answers as DynamoDB and Secrets Manager do, with an empty table.
type anAWS struct {
	*httptest.Server
	mu     sync.Mutex
	seen   []*http.Request
	bodies []string // of seen
	secret string   // empty: there is no value
	fail   bool
	due    []string            // ids in each shard of the calendar
	answer func(target string) // called before each answer
}

func newAWS(t *testing.T, secret string) *anAWS {
	a := &anAWS{secret: secret, answer: func(string) {}}
	a.Server = httptest.NewServer(a)
	t.Cleanup(a.Close)
	return a
}

func (a *anAWS) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	target := r.Header.Get("X-Amz-Target")
	body, _ := io.ReadAll(r.Body)
	a.mu.Lock()
	a.seen, a.bodies = append(a.seen, r), append(a.bodies, string(body))
	secret, fail := a.secret, a.fail
	a.mu.Unlock()
	a.answer(target)
	w.Header().Set("Content-Type", r.Header.Get("Content-Type"))
	switch {
	case fail, strings.Contains(string(body), "unreadable"):
		w.WriteHeader(http.StatusBadRequest) // not one that the SDK repeats
		_, _ = io.WriteString(w, `{"__type":"AccessDeniedException","message":"no"}`)
	case target == "DynamoDB_20120810.GetItem", target == "DynamoDB_20120810.PutItem":
		_, _ = io.WriteString(w, `{}`)
	case target == "DynamoDB_20120810.Query":
		items := []map[string]map[string]string{}
		for _, id := range a.due {
			items = append(items, map[string]map[string]string{"id": {"S": id}})
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"Items": items})
	case target == "secretsmanager.GetSecretValue" && secret != "":
		_ = json.NewEncoder(w).Encode(map[string]string{"SecretString": secret})
	case target == "secretsmanager.GetSecretValue":
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, `{"__type":"ResourceNotFoundException","message":"Secrets Manager can't find the specified secret value"}`)
	default:
		w.WriteHeader(http.StatusNotImplemented)
	}
}

func (a *anAWS) set(secret string, fail bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.secret, a.fail = secret, fail
}

func (a *anAWS) requests() []*http.Request {
	a.mu.Lock()
	defer a.mu.Unlock()
	return append([]*http.Request(nil), a.seen...)
}

// asked counts the requests to a target whose body has the text.
func (a *anAWS) asked(target, text string) (n int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for i, r := range a.seen {
		if r.Header.Get("X-Amz-Target") == "DynamoDB_20120810."+target && strings.Contains(a.bodies[i], text) {
			n++
		}
	}
	return n
}

const someKey = `{"walletAddress":"https://wallet.example/client","keyId":"k1","privateKey":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="}`

// environment is that of a function which finds AWS at endpoint.
func environment(endpoint string, with map[string]string) func(string) string {
	env := map[string]string{
		"AWS_REGION": "eu-west-1", "AWS_ENDPOINT_URL": endpoint,
		"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_SESSION_TOKEN": "of the role",
		"AWS_LAMBDA_FUNCTION_NAME": "opgrants-RequestGrant", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
		"GRANTS_TABLE": "grants", "SIGNING_KEY_SECRET": "key", "PUBLIC_URL": "https://api.example",
		"RETURN_URLS": "https://shop.example/thanks", "INSECURE_ALLOW_LOCAL": "true",
	}
	for name, value := range with {
		env[name] = value
	}
	return func(name string) string { return env[name] }
}

func TestAtItsStartAFunctionLoadsAllSideBySide(t *testing.T) {
	aws := newAWS(t, someKey)
	both := make(chan struct{}, 2)
	together := make(chan struct{})
	aws.answer = func(string) { // none is answered before both have asked
		both <- struct{}{}
		if len(both) == cap(both) {
			close(together)
		}
		<-together
	}
	var log bytes.Buffer
	started := time.Now()
	cloud.New(t.Context(), environment(aws.URL, map[string]string{"INSECURE_ALLOW_LOCAL": ""}), &log)
	if took := time.Since(started); took > 900*time.Millisecond {
		t.Errorf("it took %v: one waited for the other", took)
	}
	if log.Len() > 0 {
		t.Errorf("logged: %s", &log)
	}
	targets := map[string]bool{}
	for _, r := range aws.requests() {
		targets[r.Header.Get("X-Amz-Target")] = true
		if got := r.Header.Get("X-Amz-Security-Token"); got != "of the role" {
			t.Errorf("session token %q", got)
		}
		if auth := r.Header.Get("Authorization"); !strings.Contains(auth, "Credential=AKIDEXAMPLE/") || !strings.Contains(auth, "/eu-west-1/") {
			t.Errorf("not signed with the role of the function: %s", auth)
		}
	}
	if len(aws.requests()) != 2 || !targets["DynamoDB_20120810.GetItem"] || !targets["secretsmanager.GetSecretValue"] {
		t.Errorf("asked for %v", targets)
	}
}

// The table is new: the key is made, too.
func TestOnlyWhoAnswersRequestsForGrantsLoadsTheKeyOfIdempotentOnes(t *testing.T) {
	for _, tc := range []struct {
		name string
		load func(getenv func(string) string, log io.Writer)
		want int
	}{
		{"request-grant", func(getenv func(string) string, log io.Writer) {
			cloud.New(t.Context(), getenv, log, cloud.Requests)
		}, 1},
		{"the others", func(getenv func(string) string, log io.Writer) { cloud.New(t.Context(), getenv, log) }, 0},
		{"keep-grants", func(getenv func(string) string, log io.Writer) { cloud.NewWorker(t.Context(), getenv, log) }, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			aws := newAWS(t, someKey)
			var log bytes.Buffer
			tc.load(environment(aws.URL, map[string]string{"INSECURE_ALLOW_LOCAL": ""}), &log)
			if read, made := aws.asked("GetItem", "idempotency-key"), aws.asked("PutItem", "idempotency-key"); read != tc.want || made != tc.want {
				t.Errorf("read %d times and made %d times, want %d", read, made, tc.want)
			}
			if n := aws.asked("GetItem", ""); n != 1 {
				t.Errorf("%d reads, want 1, which makes the connection", n)
			}
			if log.Len() > 0 {
				t.Errorf("logged: %s", &log)
			}
		})
	}
}

func TestWhatIsNotThereAtTheStartIsLoggedAndFoundLater(t *testing.T) {
	aws := newAWS(t, "")
	aws.set("", true)
	var log bytes.Buffer
	api := cloud.New(t.Context(), environment(aws.URL, nil), &log)
	for _, want := range []string{"the signing key", "the connection to DynamoDB", "AccessDeniedException", "INSECURE_ALLOW_LOCAL"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log does not say %q:\n%s", want, &log)
		}
	}
	finish := func() (int, string) {
		return ask(api.FinishCallback(), http.MethodGet, "/grants/"+id+"/finish?hash=a", "")
	}
	if status, body := finish(); status != http.StatusServiceUnavailable {
		t.Errorf("%d %s", status, body)
	}
	aws.set(someKey, false)
	if status, body := finish(); status != http.StatusBadRequest { // there is no such grant
		t.Errorf("%d %s", status, body)
	}
}

func TestEachLogLineNamesTheFunction(t *testing.T) {
	aws := newAWS(t, someKey)
	var log bytes.Buffer
	cloud.New(t.Context(), environment(aws.URL, map[string]string{"POWERTOOLS_SERVICE_NAME": "consent"}), &log)
	var line map[string]any
	if err := json.Unmarshal(log.Bytes(), &line); err != nil {
		t.Fatalf("%v: %s", err, &log)
	}
	for key, want := range map[string]any{
		"service": "consent", "function_name": "opgrants-RequestGrant", "function_memory_size": 512.0, "level": "WARN",
	} {
		if line[key] != want {
			t.Errorf("%s = %v, want %v", key, line[key], want)
		}
	}
}

func TestWhatHappensIsCounted(t *testing.T) {
	aws := newAWS(t, someKey)
	var log bytes.Buffer
	api := cloud.New(t.Context(), environment(aws.URL, map[string]string{"POWERTOOLS_METRICS_NAMESPACE": "shop"}), &log)
	if _, err := api.Grants.Request(t.Context(), "shop", grant.Request{}); err == nil {
		t.Error("granted")
	}
	if !strings.Contains(log.String(), `"GrantRefused":1`) || !strings.Contains(log.String(), `"Namespace":"shop"`) {
		t.Errorf("logged %s", &log)
	}
}

func TestAWalletAddressThatLeadsInsideIsNotCalled(t *testing.T) {
	var log bytes.Buffer
	api := cloud.New(t.Context(), environment(newAWS(t, someKey).URL, map[string]string{"INSECURE_ALLOW_LOCAL": ""}), &log)
	_, err := api.Grants.Request(t.Context(), "shop", grant.Request{WalletAddress: "https://localhost/alice", ReturnURL: "https://shop.example/thanks", Unlimited: true})
	if err == nil || !strings.Contains(err.Error(), "not public https on port 443") {
		t.Errorf("%v", err)
	}
	if !strings.Contains(log.String(), `"wallet_host":"localhost"`) {
		t.Errorf("logged %s", &log)
	}
}

func TestWithoutCredentialsTheLogNamesThem(t *testing.T) {
	aws := newAWS(t, someKey)
	var log bytes.Buffer
	cloud.New(t.Context(), environment(aws.URL, map[string]string{"AWS_ACCESS_KEY_ID": ""}), &log)
	if !strings.Contains(log.String(), "AWS_ACCESS_KEY_ID") {
		t.Errorf("%s", &log)
	}
	if seen := aws.requests(); len(seen) > 0 {
		t.Errorf("%d requests without credentials", len(seen))
	}
}

func TestABrokenConfigurationIsAnsweredByName(t *testing.T) {
	var log bytes.Buffer
	api := cloud.New(context.Background(), environment("", map[string]string{
		"GRANTS_TABLE": "", "RETURN_URLS": "https://shop.example/?token=of-somebody", "AWS_ENDPOINT_URL": "",
	}), &log)
	for _, want := range []string{"GRANTS_TABLE", "RETURN_URLS"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log does not name %s: %s", want, &log)
		}
	}
	for _, tc := range []struct{ name, method, path, body, want string }{
		{"asking for a grant", http.MethodPost, "/grants", `{"walletAddress":"https://wallet.example/alice"}`, "GRANTS_TABLE, RETURN_URLS"},
		{"reading one", http.MethodGet, "/grants/" + id, "", "GRANTS_TABLE, RETURN_URLS"},
		{"asking for a token", http.MethodPost, "/grants/" + id + "/token", "", "GRANTS_TABLE, RETURN_URLS"},
		{"coming back from the wallet", http.MethodGet, "/grants/" + id + "/finish?hash=x", "", "<h1>"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			status, body := ask(own.Errors(api.Handler(), t.Errorf), tc.method, tc.path, tc.body)
			if status != http.StatusServiceUnavailable || !strings.Contains(body, tc.want) || !strings.Contains(body, "misconfigured") {
				t.Errorf("%d %s", status, body)
			}
			if strings.Contains(body, "of-somebody") {
				t.Errorf("a setting's value is in %s", body)
			}
		})
	}
}

func ask(h http.Handler, method, path, body string) (status int, answer string) {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Code, w.Body.String()
}
