package inputs_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/opgrants/opgrants/pkg/sandbox"
	"github.com/opgrants/opgrants/test/inputs"
)

// An explanation is how a wallet, or what stands in front of it, says why not.
type explanation struct {
	name, body        string
	code, description string
}

// explanations are the bodies of refusals.
var explanations = []explanation{
	{"Open Payments and GNAP: an object", `{"error":{"code":"invalid_request","description":"too much"}}`, "invalid_request", "too much"},
	{"GNAP: a string", `{"error":"invalid_request"}`, "invalid_request", ""},
	{"OAuth: `error_description`", `{"error":"invalid_request","error_description":"too much"}`, "invalid_request", "too much"},
	{"An object without a code", `{"error":{"description":"too much"}}`, "", "too much"},
	{"An object whose members are null but the description", `{"error":{"code":null,"description":"too much","details":null}}`, "", "too much"},
	{"An object with `message`", `{"error":{"code":"rate","message":"too much"}}`, "rate", "too much"},
	{"An object whose code is the status", `{"error":{"code":400,"message":"too much","status":"INVALID_ARGUMENT"}}`, "", "too much"},
	{"An object whose code is a number", `{"error":{"code":4711,"message":"too much"}}`, "4711", "too much"},
	{"A problem document", `{"type":"https://w.example/p","title":"No","status":400,"detail":"too much"}`, "", "too much"},
	{"A problem document with only a title", `{"title":"too much","status":400}`, "", "too much"},
	{"A problem document with a code", `{"type":"about:blank","title":"No","detail":"too much","code":"E42"}`, "E42", "too much"},
	{"A web framework: `message`", `{"statusCode":400,"message":"too much"}`, "", "too much"},
	{"A web framework: a list of messages", `{"statusCode":400,"message":["too much","too often"],"error":"Bad Request"}`, "", "too much; too often"},
	{"A web framework: code and message", `{"statusCode":400,"code":"FST_ERR_VALIDATION","error":"Bad Request","message":"too much"}`, "FST_ERR_VALIDATION", "too much"},
	{"A web framework: timestamp and path", `{"timestamp":"2026-11-28T10:00:00Z","status":400,"error":"Bad Request","message":"too much","path":"/"}`, "", "too much"},
	{"A web framework: an error in words", `{"status":400,"error":"too much"}`, "", "too much"},
	{"A list of errors", `{"errors":[{"message":"too much"},{"message":"too often"}]}`, "", "too much; too often"},
	{"A list of errors with codes", `{"errors":[{"code":"E42","title":"No","detail":"too much"}]}`, "E42", "too much"},
	{"A list of texts", `{"errors":["too much"]}`, "", "too much"},
	{"Errors by field", `{"title":"No","errors":{"access":["too much"]}}`, "", "access: too much"},
	{"A list of details", `{"detail":[{"loc":["body","access"],"msg":"too much","type":"value_error"}]}`, "", "too much"},
	{"An API gateway: `fault`", `{"fault":{"faultstring":"too much","detail":{"errorcode":"policies.ratelimit"}}}`, "policies.ratelimit", "too much"},
	{"A cloud: `Message`", `{"Message":"too much"}`, "", "too much"},
	{"A cloud: `__type`", `{"__type":"ThrottlingException","message":"too much"}`, "ThrottlingException", "too much"},
	{"`errorMessage` and `errorType`", `{"errorMessage":"too much","errorType":"Error"}`, "Error", "too much"},
	{"`msg`", `{"code":42,"msg":"too much"}`, "42", "too much"},
	{"`error_message`", `{"error_code":"E42","error_message":"too much"}`, "E42", "too much"},
	{"`result` and `reason`", `{"result":"error","reason":"too much"}`, "", "too much"},
	{"A JSON string", `"too much"`, "", "too much"},
	{"Plain text", "too much\n", "", "too much"},
	{"Plain text with a byte order mark", "\ufefftoo much", "", "too much"},
	{"JSON with a byte order mark", "\ufeff" + `{"error":{"code":"E42","description":"too much"}}`, "E42", "too much"},
	{"A code with spaces", `{"error":{"code":"too much"}}`, "", "too much"},
	{"Nothing", "", "", ""},
	{"An empty object", "{}", "", ""},
	{"Null", "null", "", ""},
	{"A web page", webPage, "", "(a web page)"},
	{"XML", `<?xml version="1.0"?><Error><Code>AccessDenied</Code><Message>too much</Message></Error>`, "AccessDenied", "too much"},
	{"Binary data", "\x00\x01\x02\x03\xff\xfe\xfd", "", ""},
}

type upstream struct {
	Status            int
	Code, Description string
}

func upstreamOf(t *testing.T, a answer) upstream {
	t.Helper()
	var p struct{ Upstream upstream }
	if err := json.Unmarshal(a.body, &p); err != nil {
		t.Fatalf("%v: %s", err, a.body)
	}
	return p.Upstream
}

func TestTheReasonReachesTheAppWhereverTheWalletPutIt(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	var tried []inputs.Row
	for _, e := range explanations {
		t.Run(e.name, func(t *testing.T) {
			for op, call := range map[sandbox.Op]func() answer{
				sandbox.OpWallet: func() answer { return p.ask(t) },
				sandbox.OpGrant:  func() answer { return p.ask(t) },
			} {
				for _, status := range []int{400, 403, 409, 422, 429, 500, 503} {
					p.instead(op, status, nil, e.body, func() {
						a := call()
						if got, want := upstreamOf(t, a), (upstream{status, e.code, e.description}); got != want || e.code+e.description == "" && strings.Contains(a.member("detail"), "upstream says") {
							t.Errorf("%s with %d: got %+v, want %+v\n%s", op, status, got, want, a.body)
						}
					})
				}
			}
			id, token := p.claimed(t)
			p.instead(sandbox.OpRotate, 400, nil, e.body, func() {
				a := p.token(t, id, `{"refused":"`+token+`"}`)
				if got, want := upstreamOf(t, a), (upstream{400, e.code, e.description}); got != want {
					t.Errorf("rotate: got %+v, want %+v", got, want)
				}
			})
			id, finish := p.pending(t)
			p.instead(sandbox.OpContinue, 400, nil, e.body, func() {
				send(t, "", "GET", finish, "")
				said := p.get(t, id).member("failure", "detail")
				if !strings.Contains(said, e.code) || !strings.Contains(said, e.description) || !strings.Contains(said, "400") {
					t.Errorf("continue: %s", said)
				}
			})
		})
		tried = append(tried, inputs.Row{Input: e.name, Result: resultOf(e)})
	}
	inputs.Check(t, "Why a wallet refuses", tried)
}

func resultOf(e explanation) string {
	var parts []string
	if e.code != "" {
		parts = append(parts, "code `"+e.code+"`")
	}
	if e.description != "" {
		parts = append(parts, "description `"+e.description+"`")
	}
	if len(parts) == 0 {
		return "only the status"
	}
	return strings.Join(parts, ", ")
}

func TestSecretsInWordsAreMaskedAndCodesAreNot(t *testing.T) {
	p := newPlace(t)
	id, token := p.claimed(t)
	p.instead(sandbox.OpRotate, 400, nil, `{"error":{"code":"invalid_client","description":"no token `+token+` here"}}`, func() {
		a := p.token(t, id, `{"refused":"`+token+`"}`)
		if got := upstreamOf(t, a); got.Code != "invalid_client" || strings.Contains(string(a.body), token) || !strings.Contains(got.Description, "no token") {
			t.Errorf("%s", a.body)
		}
	})
	p.instead(sandbox.OpGrant, 400, nil, `{"error":{"code":"`+strings.Repeat("x", 5000)+`","description":"`+strings.Repeat("é", 50000)+`"}}`, func() {
		if a := p.ask(t); len(a.body) > 3000 || a.status != http.StatusBadGateway {
			t.Errorf("%d: %d bytes", a.status, len(a.body))
		}
	})
}
