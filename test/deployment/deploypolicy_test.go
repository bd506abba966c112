//go:build tools

package deployment_test

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/opgrants/opgrants/internal/power"
)

const iamVersion = "2010-05-08"

// user is one of the account who may do nothing.
func (s *stack) user(t *testing.T, name string) aws.Credentials {
	t.Helper()
	s.query(t, "iam", nil, "Action", "CreateUser", "Version", iamVersion, "UserName", name)
	var made struct {
		Key struct {
			AccessKeyID     string `xml:"AccessKeyId"`
			SecretAccessKey string
		} `xml:"CreateAccessKeyResult>AccessKey"`
	}
	s.query(t, "iam", &made, "Action", "CreateAccessKey", "Version", iamVersion, "UserName", name)
	return aws.Credentials{AccessKeyID: made.Key.AccessKeyID, SecretAccessKey: made.Key.SecretAccessKey}
}

// mayCall gives a user every power, as docs/deploy.md has it.
func (s *stack) mayCall(t *testing.T, name string) {
	t.Helper()
	for _, p := range power.All() {
		s.query(t, "iam", nil, "Action", "AttachUserPolicy", "Version", iamVersion, "UserName", name, "PolicyArn", s.policyOf(t, p))
	}
}

// policyOf is the ARN of the policy that gives a power: the output GrantsPolicyArn.
func (s *stack) policyOf(t *testing.T, p power.Power) string {
	t.Helper()
	output := strings.ToUpper(string(p[:1])) + string(p[1:]) + "PolicyArn"
	if s.outputs[output] == "" {
		t.Fatalf("there is no %s in %v", output, s.outputs)
	}
	return s.outputs[output]
}

// role is one of the account with one power, and its credentials.
func (s *stack) role(t *testing.T, name string, p power.Power) aws.Credentials {
	t.Helper()
	s.query(t, "iam", nil, "Action", "CreateRole", "Version", iamVersion, "RoleName", name, "AssumeRolePolicyDocument", trustAll(t))
	s.query(t, "iam", nil, "Action", "AttachRolePolicy", "Version", iamVersion, "RoleName", name, "PolicyArn", s.policyOf(t, p))
	return s.assume(t, name)
}

// trustAll lets everybody of the account take on a role.
func trustAll(t *testing.T) string {
	t.Helper()
	trust, err := json.Marshal(map[string]any{"Version": "2012-10-17", "Statement": []any{map[string]any{
		"Effect": "Allow", "Principal": map[string]string{"AWS": "*"}, "Action": "sts:AssumeRole",
	}}})
	if err != nil {
		t.Fatal(err)
	}
	return string(trust)
}

// assume takes on a role that trusts everybody.
func (s *stack) assume(t *testing.T, role string) aws.Credentials {
	t.Helper()
	var got struct {
		Role        string `xml:"GetRoleResult>Role>Arn"`
		Credentials struct {
			AccessKeyID     string `xml:"AccessKeyId"`
			SecretAccessKey string
			SessionToken    string
		} `xml:"AssumeRoleResult>Credentials"`
	}
	s.query(t, "iam", &got, "Action", "GetRole", "Version", iamVersion, "RoleName", role)
	s.query(t, "sts", &got, "Action", "AssumeRole", "Version", "2011-06-15", "RoleArn", got.Role, "RoleSessionName", "attempts")
	c := got.Credentials
	return aws.Credentials{AccessKeyID: c.AccessKeyID, SecretAccessKey: c.SecretAccessKey, SessionToken: c.SessionToken}
}

// A policyDocument is one of IAM's. It keeps what it does not know.
type policyDocument map[string]json.RawMessage

type anyStatement map[string]any

func (d policyDocument) statements(t *testing.T) (all []anyStatement) {
	t.Helper()
	if err := json.Unmarshal(d["Statement"], &all); err != nil {
		t.Fatal(err)
	}
	return all
}

// actions are those of a statement.
func (s anyStatement) actions() (all []string) {
	switch action := s["Action"].(type) {
	case string:
		return []string{action}
	case []any:
		for _, a := range action {
			all = append(all, a.(string))
		}
	}
	return all
}

func (d policyDocument) actions(t *testing.T) (all []string) {
	t.Helper()
	for _, s := range d.statements(t) {
		all = append(all, s.actions()...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func (d policyDocument) without(t *testing.T, action string) policyDocument {
	t.Helper()
	var left []anyStatement
	for _, s := range d.statements(t) {
		actions := slices.DeleteFunc(s.actions(), func(a string) bool { return a == action })
		if s["Action"] = actions; len(actions) > 0 {
			left = append(left, s)
		}
	}
	text, err := json.Marshal(left)
	if err != nil {
		t.Fatal(err)
	}
	return policyDocument{"Version": d["Version"], "Statement": text}
}

// policies are those of a role, by name.
func (s *stack) policies(t *testing.T, role string) map[string]policyDocument {
	t.Helper()
	var list struct {
		Names []string `xml:"ListRolePoliciesResult>PolicyNames>member"`
	}
	s.query(t, "iam", &list, "Action", "ListRolePolicies", "Version", iamVersion, "RoleName", role)
	all := map[string]policyDocument{}
	for _, name := range list.Names {
		var policy struct {
			Document string `xml:"GetRolePolicyResult>PolicyDocument"`
		}
		s.query(t, "iam", &policy, "Action", "GetRolePolicy", "Version", iamVersion, "RoleName", role, "PolicyName", name)
		text, err := url.PathUnescape(policy.Document)
		if err != nil {
			t.Fatal(err)
		}
		var document policyDocument
		if err := json.Unmarshal([]byte(text), &document); err != nil {
			t.Fatalf("%v: %s", err, text)
		}
		all[name] = document
	}
	return all
}

func (s *stack) putPolicy(t *testing.T, role, name string, document policyDocument) {
	t.Helper()
	text, err := json.Marshal(document)
	if err != nil {
		t.Fatal(err)
	}
	s.query(t, "iam", nil, "Action", "PutRolePolicy", "Version", iamVersion, "RoleName", role, "PolicyName", name, "PolicyDocument", string(text))
}
