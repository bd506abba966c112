//go:build tools

package deployment_test

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"
)

const formationVersion = "2010-05-15"

// A description is CloudFormation's of a stack.
type description struct {
	Status     string `xml:"StackStatus"`
	Reason     string `xml:"StackStatusReason"`
	Parameters []struct {
		Key   string `xml:"ParameterKey"`
		Value string `xml:"ParameterValue"`
	} `xml:"Parameters>member"`
	Outputs []struct {
		Key   string `xml:"OutputKey"`
		Value string `xml:"OutputValue"`
	} `xml:"Outputs>member"`
}

func (d description) outputs() map[string]string {
	all := map[string]string{}
	for _, o := range d.Outputs {
		all[o.Key] = o.Value
	}
	return all
}

func (s *stack) describe(t *testing.T) description {
	t.Helper()
	var answer struct {
		Stack description `xml:"DescribeStacksResult>Stacks>member"`
	}
	s.query(t, "cloudformation", &answer, "Action", "DescribeStacks", "Version", formationVersion, "StackName", s.name)
	return answer.Stack
}

func (s *stack) parameter(t *testing.T, name string) (value string) {
	t.Helper()
	for _, p := range s.describe(t).Parameters {
		if p.Key == name {
			return p.Value
		}
	}
	t.Fatalf("the stack has no parameter %s", name)
	return ""
}

func (s *stack) stackResources(t *testing.T) map[string]string {
	t.Helper()
	var answer struct {
		Resources []struct {
			Logical  string `xml:"LogicalResourceId"`
			Physical string `xml:"PhysicalResourceId"`
		} `xml:"DescribeStackResourcesResult>StackResources>member"`
	}
	s.query(t, "cloudformation", &answer, "Action", "DescribeStackResources", "Version", formationVersion, "StackName", s.name)
	all := map[string]string{}
	for _, r := range answer.Resources {
		all[r.Logical] = r.Physical
	}
	return all
}

// update is what is sent to give one parameter another value, and to leave all
// else as it is.
func (s *stack) update(t *testing.T, parameter, value string) (request []string) {
	t.Helper()
	request = []string{"Action", "UpdateStack", "Version", formationVersion, "StackName", s.name, "UsePreviousTemplate", "true",
		"Capabilities.member.1", "CAPABILITY_IAM", "Capabilities.member.2", "CAPABILITY_AUTO_EXPAND"}
	for i, p := range s.describe(t).Parameters {
		member := fmt.Sprintf("Parameters.member.%d.", i+1)
		request = append(request, member+"ParameterKey", p.Key)
		if p.Key == parameter {
			request = append(request, member+"ParameterValue", value)
		} else {
			request = append(request, member+"UsePreviousValue", "true")
		}
	}
	return request
}

func (s *stack) change(t *testing.T, parameter, value string) {
	t.Helper()
	s.query(t, "cloudformation", nil, s.update(t, parameter, value)...)
	d := s.describe(t)
	for deadline := time.Now().Add(time.Minute); strings.HasSuffix(d.Status, "_IN_PROGRESS") && time.Now().Before(deadline); d = s.describe(t) {
		time.Sleep(20 * time.Millisecond)
	}
	if d.Status != "UPDATE_COMPLETE" {
		t.Fatalf("with %s=%s: %s: %s", parameter, value, d.Status, d.Reason)
	}
	s.look(t)
}

// refusesNonsense: a stack is not updated with what cannot work, and who tries
// it is told why.
func (s *stack) refusesNonsense(t *testing.T) {
	for _, tc := range []struct{ parameter, value, why string }{
		{"JwtIssuer", "https://idp.example", "JwtIssuer needs JwtAudience"},
		{"DomainName", "grants.shop.example", "DomainName needs CertificateArn"},
		{"SigningKeyKmsKeyArn", "arn:aws:kms:" + region + ":000000000000:key/1", "SigningKeyKmsKeyArn is the key of SigningKeySecretArn"},
		{"PublicUrl", "http://shop.example", "PublicUrl"},
		{"OwnerBy", "user", "OwnerBy"},
	} {
		response, body := s.send(t, s.form(t, "cloudformation", s.update(t, tc.parameter, tc.value)...))
		if response.StatusCode != http.StatusBadRequest || !strings.Contains(string(body), tc.why) {
			t.Errorf("%s=%s: %s: %s", tc.parameter, tc.value, response.Status, body)
		}
	}
}

// versions are those that the alias of each function points to.
func (s *stack) versions(t *testing.T) map[string]int {
	t.Helper()
	all := map[string]int{}
	for _, function := range functions {
		var alias struct{ FunctionVersion string }
		s.rest(t, "lambda", http.MethodGet, s.alias(function), nil, &alias)
		version, err := strconv.Atoi(alias.FunctionVersion)
		if err != nil {
			t.Fatalf("%s has no version of its own: %v", function, err)
		}
		all[function] = version
	}
	return all
}

// setVersions moves the aliases.
func (s *stack) setVersions(t *testing.T, versions map[string]int) {
	t.Helper()
	for function, version := range versions {
		s.rest(t, "lambda", http.MethodPut, s.alias(function), map[string]string{"FunctionVersion": strconv.Itoa(version)}, &struct{}{})
	}
}

func (s *stack) alias(function string) (path string) {
	return "/2015-03-31/functions/" + s.resources[function] + "/aliases/live"
}
