package lambdahttp_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"

	"github.com/opgrants/opgrants/internal/httpapi"
	"github.com/opgrants/opgrants/internal/lambdahttp"
	"github.com/opgrants/opgrants/internal/power"
)

const iamEvent, jwtEvent, openEvent = "../../events/get-grant.json", "testdata/jwt.json", "../../events/finish-callback.json"

func arn(s string) func(*events.APIGatewayV2HTTPRequest) {
	return func(e *events.APIGatewayV2HTTPRequest) { e.RequestContext.Authorizer.IAM.UserARN = s }
}

func claim(name, value string) func(*events.APIGatewayV2HTTPRequest) {
	return func(e *events.APIGatewayV2HTTPRequest) { e.RequestContext.Authorizer.JWT.Claims[name] = value }
}

func TestOwner(t *testing.T) {
	const account = "aws:123456789012"
	const jwt = "jwt:https%3A%2F%2Fcognito-idp.eu-west-1.amazonaws.com%2Feu-west-1_3zzqTT7zT:2c5c5a5e-70c4-4f0e-8a3f-1f1f5d3a7b11"
	for _, tc := range []struct {
		name          string
		file          string
		edit          func(*events.APIGatewayV2HTTPRequest)
		byRole, local bool
		want          string // "": ErrNoCaller
	}{
		{name: "is the account that signed", file: iamEvent, want: account},
		{name: "is the account for a user too", file: "testdata/iam-user.json", want: account},
		{name: "is the account and the role, whatever the session", file: iamEvent, byRole: true, want: account + ":role/shop-backend"},
		{name: "is the account and the user with its path", file: "testdata/iam-user.json", byRole: true, want: account + ":user/apps/shop"},
		{name: "is a role of the other partitions", file: iamEvent, byRole: true,
			edit: arn("arn:aws-us-gov:sts::123456789012:assumed-role/shop/i-1"), want: account + ":role/shop"},
		{name: "is a role whose session has a slash or a colon", file: iamEvent, byRole: true,
			edit: arn("arn:aws:sts::123456789012:assumed-role/shop/a/b:c"), want: account + ":role/shop"},
		{name: "is a federated user", file: iamEvent, byRole: true,
			edit: arn("arn:aws:sts::123456789012:federated-user/ann"), want: account + ":federated-user/ann"},
		{name: "is the account's root", file: iamEvent, byRole: true, edit: arn("arn:aws:iam::123456789012:root"), want: account + ":root"},
		{name: "is the issuer and the subject of a JWT", file: jwtEvent, want: jwt},
		{name: "is the JWT's, also by role", file: jwtEvent, byRole: true, want: jwt},
		{name: "is the authorizer's, also where nobody must be one", file: iamEvent, local: true, want: account},
		{name: "is local where nobody must be one", file: openEvent, local: true, want: "local"},

		{name: "is nobody without an authorizer", file: openEvent},
		{name: "is nobody for a Lambda authorizer", file: openEvent, edit: func(e *events.APIGatewayV2HTTPRequest) {
			e.RequestContext.Authorizer = &events.APIGatewayV2HTTPRequestContextAuthorizerDescription{Lambda: map[string]any{"sub": "x"}}
		}},
		{name: "is nobody without an account, also where nobody must be one", file: iamEvent, local: true,
			edit: func(e *events.APIGatewayV2HTTPRequest) { e.RequestContext.Authorizer.IAM.AccountID = "" }},
		{name: "is nobody for an ARN of another account", file: iamEvent, byRole: true, edit: arn("arn:aws:sts::999999999999:assumed-role/shop/i-1")},
		{name: "is nobody for a role without a session", file: iamEvent, byRole: true, edit: arn("arn:aws:sts::123456789012:assumed-role/shop")},
		{name: "is nobody for a role without a name", file: iamEvent, byRole: true, edit: arn("arn:aws:sts::123456789012:assumed-role//i-1")},
		{name: "is nobody for a kind of principal that is not known", file: iamEvent, byRole: true, edit: arn("arn:aws:sts::123456789012:else/x")},
		{name: "is nobody for another service's ARN", file: iamEvent, byRole: true, edit: arn("arn:aws:lambda::123456789012:user/shop")},
		{name: "is nobody for what is no ARN", file: iamEvent, byRole: true, edit: arn("shop")},
		{name: "is nobody without an ARN", file: iamEvent, byRole: true, edit: arn("")},
		{name: "is nobody for a JWT without a subject", file: jwtEvent, edit: claim("sub", "")},
		{name: "is nobody for a JWT without an issuer, also where nobody must be one", file: jwtEvent, local: true, edit: claim("iss", "")},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var edits []func(*events.APIGatewayV2HTTPRequest)
			if tc.edit != nil {
				edits = append(edits, tc.edit)
			}
			var got httpapi.Identity
			var err error
			caller := lambdahttp.Caller(lambdahttp.CallerOptions{ByRole: tc.byRole, InsecureLocal: tc.local})
			answer(t, func(_ http.ResponseWriter, r *http.Request) { got, err = caller(r) }, load(t, tc.file, edits...))
			if got.Owner != tc.want || (tc.want == "") != errors.Is(err, lambdahttp.ErrNoCaller) || (err == nil) != slices.Equal(got.Powers, power.All()) {
				t.Errorf("identity = %q, %v; want %q", got, err, tc.want)
			}
		})
	}
}

// Each pair would be one owner if the parts were only put side by side.
func TestOwnersNeverCollide(t *testing.T) {
	owner := func(file string, byRole bool, edits ...func(*events.APIGatewayV2HTTPRequest)) (got string) {
		caller := lambdahttp.Caller(lambdahttp.CallerOptions{ByRole: byRole, InsecureLocal: true})
		answer(t, func(_ http.ResponseWriter, r *http.Request) {
			i, err := caller(r)
			if err != nil {
				t.Error(err)
			}
			got = i.Owner
		}, load(t, file, edits...))
		return got
	}
	for name, pair := range map[string][2]string{
		"issuer and subject": {
			owner(jwtEvent, false, claim("iss", "https://a"), claim("sub", "b:c")),
			owner(jwtEvent, false, claim("iss", "https://a:b"), claim("sub", "c"))},
		"a role and a user of its name": {
			owner(iamEvent, true, arn("arn:aws:sts::123456789012:assumed-role/shop/x")),
			owner(iamEvent, true, arn("arn:aws:iam::123456789012:user/shop"))},
		"a subject that looks like an account": {
			owner(jwtEvent, false, claim("iss", "aws"), claim("sub", "123456789012")),
			owner(iamEvent, false)},
		"a subject that is called local": {
			owner(jwtEvent, false, claim("iss", "local"), claim("sub", "local")),
			owner(openEvent, false)},
	} {
		if pair[0] == pair[1] {
			t.Errorf("%s: both are %q", name, pair[0])
		}
	}
}

func TestAClaimThatIsNoStringIdentifiesNobody(t *testing.T) {
	payload := []byte(`{"version":"2.0","rawPath":"/grants","requestContext":{"http":{"method":"GET"},` +
		`"authorizer":{"jwt":{"claims":{"iss":"https://a","sub":4711,"exp":1745312300}}}}}`)
	var err error
	answer(t, func(_ http.ResponseWriter, r *http.Request) {
		_, err = lambdahttp.Caller(lambdahttp.CallerOptions{})(r)
	}, payload)
	if !errors.Is(err, lambdahttp.ErrNoCaller) {
		t.Errorf("error = %v", err)
	}
}

func TestARequestWithoutAnEventHasNoOwner(t *testing.T) {
	r := httptest.NewRequest(http.MethodGet, "/grants/x", nil)
	if owner, err := lambdahttp.Caller(lambdahttp.CallerOptions{InsecureLocal: true})(r); err == nil {
		t.Errorf("identity = %v", owner)
	}
}

// TestTheCallerIsNamedForTheLog: with IAM it is the ARN with its session, which the
// owner does not have.
func TestTheCallerIsNamedForTheLog(t *testing.T) {
	for file, want := range map[string]string{
		iamEvent: "arn:aws:sts::123456789012:assumed-role/shop-backend/", jwtEvent: "2c5c5a5e-70c4-4f0e-8a3f-1f1f5d3a7b11", openEvent: "",
	} {
		var got httpapi.Identity
		caller := lambdahttp.Caller(lambdahttp.CallerOptions{InsecureLocal: true})
		answer(t, func(_ http.ResponseWriter, r *http.Request) { got, _ = caller(r) }, load(t, file))
		if !strings.HasPrefix(got.Caller, want) || (want == "") != (got.Caller == "") {
			t.Errorf("%s: the caller is %q", file, got.Caller)
		}
	}
}
