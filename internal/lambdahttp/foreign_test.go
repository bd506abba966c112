package lambdahttp_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"

	"github.com/opgrants/opgrants/internal/httpapi"
	"github.com/opgrants/opgrants/internal/lambdahttp"
	"github.com/opgrants/opgrants/internal/telemetry"
)

// invoke answers a payload that must not reach the handler. It returns the answer
// and the log.
func invoke(t *testing.T, payload string) (answer, logged string) {
	t.Helper()
	var log bytes.Buffer
	handler := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the handler was called") })
	out, err := lambdahttp.New(handler, telemetry.NewLogger(&log, slog.LevelInfo)).Invoke(t.Context(), []byte(payload))
	if err != nil {
		t.Errorf("the function fails: %v", err)
	}
	return string(out), log.String()
}

func TestAnEventThatIsNoHTTPRequestIsIgnored(t *testing.T) {
	for name, payload := range map[string]string{
		"nothing":                     ``,
		"null":                        `null`,
		"a string":                    `"warm"`,
		"a number":                    `1`,
		"an array":                    `[]`,
		"an array of objects":         `[{"version":"2.0"}]`,
		"an empty object":             `{}`,
		"the console's test event":    `{"key1":"value1","key2":"value2","key3":"value3"}`,
		"a warm-up plugin":            `{"source":"serverless-plugin-warmup"}`,
		"another warm-up plugin":      `{"warmer":true,"concurrency":3}`,
		"a scheduled event":           `{"version":"0","id":"53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa","detail-type":"Scheduled Event","source":"aws.events","account":"123456789012","time":"2015-10-08T16:53:06Z","region":"us-east-1","resources":["arn:aws:events:us-east-1:123456789012:rule/my-scheduled-rule"],"detail":{}}`,
		"a schedule's event":          `{"source":"aws.scheduler","id":"a"}`,
		"a queue's":                   `{"Records":[{"messageId":"1","body":"x","eventSource":"aws:sqs"}]}`,
		"a member of another type":    `{"version":2,"requestContext":"none","headers":[]}`,
		"a version without a request": `{"version":"2.0","requestContext":{}}`,
		"what is not JSON":            `garbage`,
	} {
		t.Run(name, func(t *testing.T) {
			answer, log := invoke(t, payload)
			if answer != `{"ignored":"This event is not an HTTP request."}` {
				t.Errorf("it answers %s", answer)
			}
			if !strings.Contains(log, `"level":"INFO"`) || strings.Count(log, "\n") != 1 {
				t.Errorf("it logs %s", log)
			}
		})
	}
}

func TestAnEventOfAnotherFrontEndGetsAResponse(t *testing.T) {
	format1 := load(t, "../../events/get-grant.json", func(e *events.APIGatewayV2HTTPRequest) { e.Version = "1.0" })
	base64 := load(t, "testdata/base64-body.json", func(e *events.APIGatewayV2HTTPRequest) { e.Body = "s3cr3t not base64!" })
	method := load(t, "../../events/get-grant.json", func(e *events.APIGatewayV2HTTPRequest) { e.RequestContext.HTTP.Method = "GE T" })
	for name, tc := range map[string]struct{ payload, says string }{
		"a load balancer":            {`{"requestContext":{"elb":{"targetGroupArn":"arn:aws:x"}},"httpMethod":"GET","path":"/grants","headers":{},"body":"","isBase64Encoded":false}`, "PayloadFormatVersion"},
		"a REST API":                 {`{"resource":"/grants","path":"/grants","httpMethod":"POST","headers":{},"requestContext":{"stage":"prod","identity":{}},"body":"{}","isBase64Encoded":false}`, "PayloadFormatVersion"},
		"payload format 1.0":         {`{"version":"1.0","resource":"/grants","httpMethod":"POST","requestContext":{"http":null}}`, "PayloadFormatVersion"},
		"another version":            {string(format1), "PayloadFormatVersion"},
		"a body that is not base64":  {string(base64), "base64"},
		"a method that is no method": {string(method), "method"},
	} {
		t.Run(name, func(t *testing.T) {
			answer, log := invoke(t, tc.payload)
			var r events.APIGatewayV2HTTPResponse
			if err := json.Unmarshal([]byte(answer), &r); err != nil {
				t.Fatal(err)
			}
			var problem struct{ Code, Detail string }
			if err := json.Unmarshal([]byte(r.Body), &problem); err != nil {
				t.Fatalf("%v: %s", err, r.Body)
			}
			if r.StatusCode != 400 || r.Headers["Content-Type"] != "application/problem+json" || problem.Code != "malformed_request" ||
				!strings.Contains(problem.Detail, tc.says) {
				t.Errorf("it answers %s", answer)
			}
			if !strings.Contains(log, `"level":"WARN"`) || strings.Contains(log+answer, "s3cr3t") {
				t.Errorf("it logs %s", log)
			}
		})
	}
}

func FuzzInvoke(f *testing.F) {
	for _, seed := range []string{
		``, `null`, `{}`, `[]`, `{"httpMethod":"GET"}`, `{"requestContext":{"elb":{}}}`,
		`{"version":"2.0","routeKey":"GET /grants/{id}","rawPath":"/x/grants/a","pathParameters":{"id":"a%2Fb"},"requestContext":{"http":{"method":"GET"},"stage":"$default"}}`,
		`{"version":"2.0","routeKey":"ANY /{proxy+}","pathParameters":{"proxy":"a//%zz/é"},"rawQueryString":"a=%zz&\u0000","cookies":["a=1"],"headers":{"host":"x","é":"\n"},"body":"####","isBase64Encoded":true,"requestContext":{"http":{"method":"GET"}}}`,
		`{"version":"2.0","rawPath":"%","requestContext":{"http":{"method":"GE T","sourceIp":":::"},"authorizer":{"jwt":{"claims":{"iss":1}},"iam":{"userArn":"arn:aws:sts::1:assumed-role/a/b","accountId":"1"}}}}`,
	} {
		f.Add([]byte(seed))
	}
	callers := []func(*http.Request) (httpapi.Identity, error){
		lambdahttp.Caller(lambdahttp.CallerOptions{}), lambdahttp.Caller(lambdahttp.CallerOptions{ByRole: true}),
		lambdahttp.Caller(lambdahttp.CallerOptions{InsecureLocal: true}),
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if !strings.HasPrefix(r.URL.EscapedPath(), "/") && r.URL.Path != r.URL.EscapedPath() && r.URL.Path == "" {
				t.Errorf("the path is %q", r.URL.EscapedPath())
			}
			for _, caller := range callers {
				if i, err := caller(r); (i.Owner == "") != (err != nil) || (i.Powers == nil) != (err != nil) {
					t.Errorf("identity %v, %v", i, err)
				}
			}
			_, _ = w.Write([]byte(r.URL.Path))
		})
		out, err := lambdahttp.New(handler, nil).Invoke(t.Context(), payload)
		if err != nil || !json.Valid(out) {
			t.Errorf("%q: %q, %v", payload, out, err)
		}
	})
}
