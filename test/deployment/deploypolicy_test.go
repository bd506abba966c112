//go:build tools

package deployment_test

import (
	"encoding/json"
	"net/url"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
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

// mayCall gives a user the right to call the API, as the README has it.
func (s *stack) mayCall(t *testing.T, name string) {
	t.Helper()
	s.query(t, "iam", nil, "Action", "AttachUserPolicy", "Version", iamVersion, "UserName", name, "PolicyArn", s.outputs["CallerPolicyArn"])
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
