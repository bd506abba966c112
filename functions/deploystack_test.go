//go:build tools

package functions_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/opgrants/opgrants/internal/peers"
)

// A stack is template.yaml as `sam deploy` deploys it, into an emulated AWS that
// evaluates IAM's policies.
type stack struct {
	*deployment
	endpoint  string
	resources map[string]string // physical ids by logical ones
	schedule  string            // the ARN of what the schedule invokes
	shop      aws.Credentials   // of an app that may call the API, and do nothing else
}

func deployStack(t *testing.T) *stack {
	t.Helper()
	endpoint := peers.AWS(t, "AUTH=true")
	sam(t, []string{"AWS_ENDPOINT_URL=" + endpoint}, "deploy", "--template-file", templateWith(t, "INSECURE_ALLOW_LOCAL", "'true'"),
		"--stack-name", "opgrants", "--region", region, "--resolve-s3", "--capabilities", "CAPABILITY_IAM", "--no-confirm-changeset",
		"--no-progressbar", "--parameter-overrides", "Architecture="+hostArchitecture(), "ReturnUrls=https://shop.example/thanks",
		"LogLevel=DEBUG") // the level at which a secret would slip out first
	s := &stack{deployment: &deployment{cloud: &cloud{dynamoDB: endpoint, secretsManager: endpoint}}, endpoint: endpoint}
	s.resources = s.stackResources(t)
	s.table, s.secret = s.resources["GrantsTable"], s.resources["SigningKey"]
	s.schedule = s.scheduled(t)
	s.shop = s.user(t, "shop", "execute-api:Invoke", "arn:aws:execute-api:"+region+":000000000000:"+s.resources["Api"]+"/*")
	s.openWallet(t, -1)
	return s
}

func (s *stack) stackResources(t *testing.T) map[string]string {
	t.Helper()
	var answer struct {
		Resources []struct {
			Logical  string `xml:"LogicalResourceId"`
			Physical string `xml:"PhysicalResourceId"`
		} `xml:"DescribeStackResourcesResult>StackResources>member"`
	}
	s.query(t, "cloudformation", &answer, "Action", "DescribeStackResources", "Version", "2010-05-15", "StackName", "opgrants")
	all := map[string]string{}
	for _, r := range answer.Resources {
		all[r.Logical] = r.Physical
	}
	return all
}

func (s *stack) scheduled(t *testing.T) (arn string) {
	t.Helper()
	var schedule struct{ Target struct{ Arn string } }
	_, body := s.call(t, "scheduler", http.MethodGet, "/schedules/"+s.resources["KeepGrantsSchedule"], nil, nil)
	if err := json.Unmarshal(body, &schedule); err != nil || schedule.Target.Arn == "" {
		t.Fatalf("the schedule is %s: %v", body, err)
	}
	return schedule.Target.Arn
}

// keep is a run of what the schedule invokes, with the event that it sends.
func (s *stack) keep(t *testing.T) (report struct {
	Kept, Settled, Lost, Failed, Left int
	ErrorMessage                      string
}) {
	t.Helper()
	_, body := s.call(t, "lambda", http.MethodPost, "/2015-03-31/functions/"+s.schedule+"/invocations", nil, readEvent(t, "keep-grants.json"))
	if err := json.Unmarshal(body, &report); err != nil {
		t.Fatalf("%v: %s", err, body)
	}
	return report
}

// logged is what a function has written into its log group.
func (s *stack) logged(t *testing.T, function string) *emulated {
	t.Helper()
	written := &emulated{name: function, output: &buffer{}}
	request := map[string]string{"logGroupName": s.resources[function+"Log"]}
	for {
		text, err := json.Marshal(request)
		if err != nil {
			t.Fatal(err)
		}
		_, body := s.call(t, "logs", http.MethodPost, "/", http.Header{
			"X-Amz-Target": {"Logs_20140328.FilterLogEvents"}, "Content-Type": {"application/x-amz-json-1.1"},
		}, text)
		var page struct {
			Events    []struct{ Message string }
			NextToken string
		}
		if err := json.Unmarshal(body, &page); err != nil {
			t.Fatalf("%v: %s", err, body)
		}
		for _, e := range page.Events {
			_, _ = written.output.Write([]byte(e.Message + "\n"))
		}
		if page.NextToken == "" {
			return written
		}
		request["nextToken"] = page.NextToken
	}
}

// gateway sends a request through the stack's HTTP API.
func (s *stack) gateway(t *testing.T, r *http.Request) events.APIGatewayV2HTTPResponse {
	t.Helper()
	response, body := s.send(t, r)
	answer := events.APIGatewayV2HTTPResponse{StatusCode: response.StatusCode, Headers: map[string]string{}, Body: string(body)}
	for name := range response.Header {
		answer.Headers[name] = response.Header.Get(name)
	}
	if answer.Body == "" {
		delete(answer.Headers, "Content-Type") // API Gateway's own, where a function gives none
	}
	return answer
}
