package cloud_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/opgrants/opgrants/internal/cloud"
	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/httpapi"
	"github.com/opgrants/opgrants/internal/power"
)

// A fault is a line of ServerFault.
type fault struct {
	ServerFault int
	Code        string
	Function    string `json:"function_name"`
	Version     string `json:"function_version"`
	AWS         struct {
		CloudWatchMetrics []struct {
			Namespace  string
			Dimensions [][]string
			Metrics    []struct{ Name, Unit string }
		}
	} `json:"_aws"`
}

// faultsIn are the faults that were counted, each of which must be as alarms watch it.
func faultsIn(t *testing.T, log *bytes.Buffer) (codes []string) {
	t.Helper()
	for line := range strings.Lines(log.String()) {
		var f fault
		if err := json.Unmarshal([]byte(line), &f); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		if f.ServerFault == 0 {
			continue
		}
		const want = `[{"Namespace":"opgrants","Dimensions":[["function_name"],["function_name","function_version"]],"Metrics":[{"Name":"ServerFault","Unit":"Count"}]}]`
		if got, _ := json.Marshal(f.AWS.CloudWatchMetrics); string(got) != want || f.ServerFault != 1 || f.Function != "opgrants-RequestGrant" || f.Version != "42" {
			t.Errorf("counted as %s", line)
		}
		codes = append(codes, f.Code)
	}
	return codes
}

var ofVersion42 = map[string]string{"AWS_LAMBDA_FUNCTION_VERSION": "42"}

// and42 is the environment of version 42, with others.
func and42(with map[string]string) map[string]string {
	env := map[string]string{}
	for _, from := range []map[string]string{ofVersion42, with} {
		for name, value := range from {
			env[name] = value
		}
	}
	return env
}

// asShop lets the shop call, which has all powers. API Gateway has other tests.
func asShop(a *httpapi.API) *httpapi.API {
	a.Caller = func(*http.Request) (httpapi.Identity, error) {
		return httpapi.Identity{Owner: "shop", Powers: power.All()}, nil
	}
	return a
}

// newWallet is a wallet that serves a wallet address, /alice, and answers everything
// but a GET with answer.
func newWallet(t *testing.T, answer http.HandlerFunc) *httptest.Server {
	t.Helper()
	var wallet *httptest.Server
	wallet = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet {
			answer(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]any{"id": wallet.URL + "/alice", "assetCode": "EUR", "assetScale": 2,
			"authServer": wallet.URL + "/auth", "resourceServer": wallet.URL})
	}))
	t.Cleanup(wallet.Close)
	return wallet
}

// askAt is a request for a grant of alice.
func askAt(wallet *httptest.Server) string {
	return `{"walletAddress":"` + wallet.URL + `/alice","returnUrl":"https://shop.example/thanks","unlimited":true}`
}

// TestWhatIsTheServicesFaultIsCountedOnce breaks one thing of a function, and asks
// it once.
func TestWhatIsTheServicesFaultIsCountedOnce(t *testing.T) {
	wallet := newWallet(t, http.NotFound)
	finish := func(a *httpapi.API) { ask(a.FinishCallback(), http.MethodGet, "/grants/"+id+"/finish?hash=a", "") }
	request := func(a *httpapi.API) { ask(asShop(a).RequestGrant(), http.MethodPost, "/grants", askAt(wallet)) }
	for name, tc := range map[string]struct {
		with   map[string]string
		secret string
		fail   bool
		edit   func(*httpapi.API)
		ask    func(*httpapi.API)
		want   string
	}{
		"a panic":                       {nil, someKey, false, func(a *httpapi.API) { a.Grants = nil }, finish, "internal_error"},
		"missing configuration":         {map[string]string{"GRANTS_TABLE": ""}, someKey, false, nil, finish, "misconfigured"},
		"no configuration at all":       {map[string]string{"GRANTS_TABLE": "", "SIGNING_KEY_SECRET": "", "PUBLIC_URL": "", "AWS_REGION": "", "POWERTOOLS_LOG_LEVEL": "LOUD"}, someKey, false, nil, request, "misconfigured"},
		"no URLs to return to":          {map[string]string{"RETURN_URLS": ""}, someKey, false, nil, request, "return_urls_missing"},
		"a failing store":               {nil, someKey, true, nil, finish, "store_unavailable"},
		"a missing secret":              {nil, "", false, nil, request, "signing_key_missing"},
		"a key that is no key":          {nil, `{"walletAddress":"https://wallet.example/client","keyId":"k1","privateKey":"AAEC"}`, false, nil, request, "signing_key_invalid"},
		"a secret that cannot be read":  {map[string]string{"SIGNING_KEY_SECRET": "unreadable"}, someKey, false, nil, request, "signing_key_unavailable"},
		"a KMS key that cannot be used": {map[string]string{"SIGNING_KEY_SECRET": "", "SIGNING_KEY_KMS": "alias/x", "WALLET_ADDRESS": "https://wallet.example/shop"}, "", false, nil, request, "signing_key_unavailable"},
	} {
		t.Run(name, func(t *testing.T) {
			aws := newAWS(t, tc.secret)
			var log bytes.Buffer
			api := cloud.New(t.Context(), environment(aws.URL, and42(tc.with)), &log, cloud.Requests)
			aws.set(tc.secret, tc.fail)
			if got := faultsIn(t, &log); got != nil {
				t.Errorf("at the start, before anybody failed: %q", got)
			}
			if tc.edit != nil {
				tc.edit(api)
			}
			tc.ask(api)
			if got := faultsIn(t, &log); len(got) != 1 || got[0] != tc.want {
				t.Errorf("counted %q, want %s once\n%s", got, tc.want, &log)
			}
		})
	}
}

// TestAHostileWalletIsNoFaultOfTheService: whoever can name a wallet could take a
// deployment back. Each other route is tried in test/faults.
func TestAHostileWalletIsNoFaultOfTheService(t *testing.T) {
	for name, answer := range map[string]http.HandlerFunc{
		"invalid_client": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusUnauthorized)
			_, _ = io.WriteString(w, `{"error":{"code":"invalid_client","description":"could not determine client"}}`)
		},
		"500":      func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) },
		"garbage":  func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(bytes.Repeat([]byte{0xff, '{'}, 1<<15)) },
		"a panic":  func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
		"429":      func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTooManyRequests) },
		"redirect": func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/again", http.StatusFound) },
	} {
		for _, honest := range []bool{false, true} { // whether its wallet address is served
			t.Run(name, func(t *testing.T) {
				wallet := newWallet(t, answer)
				if !honest {
					wallet.Config.Handler = answer
				}
				var log bytes.Buffer
				api := cloud.New(t.Context(), environment(newAWS(t, someKey).URL, and42(nil)), &log, cloud.Requests)
				status, body := ask(asShop(api).RequestGrant(), http.MethodPost, "/grants", askAt(wallet))
				if status < 400 {
					t.Errorf("%d %s", status, body)
				}
				if got := faultsIn(t, &log); got != nil {
					t.Errorf("%d %s: counted %q", status, body, got)
				}
			})
		}
	}
}

// TestABatchCountsOneFault: a batch whose tasks the store keeps from being done is no
// failed invocation, so AWS counts none.
func TestABatchCountsOneFault(t *testing.T) {
	for name, tc := range map[string]struct {
		bodies []string
		want   int
	}{
		"nothing was wrong":         {[]string{taskOf("g1")}, 0},
		"the store failed":          {[]string{taskOf("unreadable1"), taskOf("unreadable2"), taskOf("g1")}, 1},
		"a message is no task":      {[]string{"<task/>"}, 0}, // DeadLetters shows it
		"a task of a payment fails": {[]string{taskOf("payment#unreadable")}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			var log bytes.Buffer
			w := cloud.NewWorker(t.Context(), environment(newAWS(t, someKey).URL, and42(nil)), &log)
			if _, err := w.Invoke(within(t, time.Minute), messages(t, tc.bodies...)); err != nil {
				t.Error(err)
			}
			if got := faultsIn(t, &log); len(got) != tc.want {
				t.Errorf("counted %q, want %d\n%s", got, tc.want, &log)
			}
		})
	}
	var log bytes.Buffer
	w := cloud.NewWorker(t.Context(), environment("", and42(map[string]string{"GRANTS_TABLE": "", "AWS_ENDPOINT_URL": ""})), &log)
	if _, err := w.Invoke(within(t, time.Minute), readEvent(t, "keep-grants.json")); err == nil || faultsIn(t, &log) != nil {
		t.Errorf("a failed invocation, which AWS counts, is %v, and was counted here too: %s", err, &log)
	}
}

// A broken function writes its counts where alarms look, and no secret.
func TestABrokenFunctionIsCountedUnderItsOwnName(t *testing.T) {
	var log bytes.Buffer
	api := cloud.New(context.Background(), environment("", and42(map[string]string{
		"GRANTS_TABLE": "", "AWS_ENDPOINT_URL": "", "POWERTOOLS_SERVICE_NAME": "stack", "POWERTOOLS_METRICS_NAMESPACE": `{"access_token":"of-somebody"}`,
	})), &log)
	ask(asShop(api).ManageGrant(), http.MethodGet, "/grants/"+id, "")
	if got := faultsIn(t, &log); len(got) != 1 || strings.Contains(log.String(), "of-somebody") || !strings.Contains(log.String(), `"service":"stack"`) {
		t.Errorf("counted %q\n%s", got, &log)
	}
	if _, err := api.Grants.Get(t.Context(), "", ""); !errors.As(err, new(*grant.Error)) {
		t.Error(err)
	}
}
