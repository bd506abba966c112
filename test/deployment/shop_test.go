//go:build tools

package deployment_test

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"

	"github.com/opgrants/opgrants/internal/httpapi"
	"github.com/opgrants/opgrants/test/openapi/own"
)

// workWithTheShop: the demo's shop, whose customer does all that there is to be done.
func (c *cloud) workWithTheShop(t *testing.T) {
	d := c.deploy(t)
	at := freeAddresses(t, 3)
	service, shop, wallet := at[0], at[1], "http://"+strings.Replace(at[2], "127.0.0.1", "localhost", 1) // another name than browsers have
	d.client = wallet + "/shop"
	d.putKeyAs(t, "shop-key-1")
	jwks := filepath.Join(t.TempDir(), "jwks.json")
	x := base64.RawURLEncoding.EncodeToString(d.key.Public().(ed25519.PublicKey))
	if err := os.WriteFile(jwks, fmt.Appendf(nil, `{"keys":[{"kid":"shop-key-1","alg":"EdDSA","kty":"OKP","crv":"Ed25519","x":%q}]}`, x), 0o600); err != nil {
		t.Fatal(err)
	}
	environment := append(d.environment(), "PUBLIC_URL=http://"+service, "RETURN_URLS=http://"+shop+"/thanks")
	serveFunctions(t, service, environment)
	out, err := exec.CommandContext(t.Context(), filepath.Join(buildPrograms(t), "opgrants"), "demo", "--auto",
		"--listen", shop, "--service", "http://"+service, "--wallet-url", wallet, "--jwks", jwks).CombinedOutput()
	if err != nil || !strings.Contains(string(out), "All 12 steps went well.") {
		t.Errorf("%v\n%s", err, out)
	}
}

// serveFunctions is what API Gateway does, at an address of this machine, with
// no authorizer.
func serveFunctions(t *testing.T, address string, environment []string) {
	t.Helper()
	mux, running := http.NewServeMux(), map[string]*emulated{}
	for _, r := range httpapi.Routes() {
		if running[r.Function] == nil {
			running[r.Function] = emulate(t, resources[r.Function], environment...)
		}
		mux.Handle(r.Key(), running[r.Function])
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(own.Errors(mux, t.Errorf))
	_ = server.Listener.Close()
	server.Listener = l
	server.Start()
	t.Cleanup(server.Close)
}

// resources are the functions that serve routes, as template.yaml names them.
var resources = map[string]string{
	httpapi.RequestGrant: "RequestGrant", httpapi.FinishCallback: "FinishCallback", httpapi.ManageGrant: "ManageGrant", httpapi.MakePayment: "MakePayment",
}

// ServeHTTP hands the function the event of a request.
func (f *emulated) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the client has gone
	}
	e := events.APIGatewayV2HTTPRequest{
		Version: "2.0", RouteKey: r.Pattern, RawPath: r.URL.Path, RawQueryString: r.URL.RawQuery,
		Headers: map[string]string{}, PathParameters: map[string]string{"id": r.PathValue("id"), "payment": r.PathValue("payment")}, Body: string(body),
	}
	e.RequestContext.HTTP.Method, e.RequestContext.HTTP.Path = r.Method, r.URL.Path
	for name := range r.Header {
		e.Headers[strings.ToLower(name)] = r.Header.Get(name)
	}
	var got answer
	payload, err := json.Marshal(e)
	if err == nil {
		err = f.post(r.Context(), payload, &got)
	}
	if err != nil || got.StatusCode == 0 {
		http.Error(w, fmt.Sprintf("%s: %v %s", f.name, err, got.ErrorMessage), http.StatusBadGateway)
		return
	}
	for name, value := range got.Headers {
		w.Header().Set(name, value)
	}
	w.WriteHeader(got.StatusCode)
	_, _ = io.WriteString(w, got.Body)
}
