package lambdahttp

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/opgrants/opgrants/internal/httpapi"
	"github.com/opgrants/opgrants/internal/power"
)

// ErrNoCaller is the error of a request whose caller API Gateway did not verify.
// It is answered with 401.
var ErrNoCaller error = &httpapi.Unauthenticated{
	Challenge: "AWS4-HMAC-SHA256, Bearer",
	Detail: "Sign the request with AWS Signature Version 4 (service execute-api), or send a JWT that has iss and sub: " +
		"whichever this deployment asks for.",
}

// Local is the owner of requests without an authorizer under
// INSECURE_ALLOW_LOCAL.
const Local = "local"

// CallerOptions are how [Caller] identifies callers.
type CallerOptions struct {
	ByRole        bool // the owner is account and role, not the account
	InsecureLocal bool // a request without an authorizer is of the owner [Local]
	// Scopes has the scope that a JWT needs for a power. A power without an entry
	// needs none.
	Scopes map[power.Power]string
}

// Caller returns an [httpapi.API.Caller] for requests of a [Function]. The owner
// of a request is
//
//   - for IAM the account that signed it: "aws:123456789012". With ByRole it is
//     the account and its role or user: "aws:123456789012:role/shop".
//   - for a JWT its issuer and subject: "jwt:https%3A%2F%2Fidp.example:4711".
//   - without an authorizer [Local] if InsecureLocal is set. Otherwise the error
//     is [ErrNoCaller].
//
// Owners of different kinds are never equal. Grants are stored with these texts:
// a change here hides every grant that exists.
//
// A JWT has the powers for which it has the scope. Every other caller has all:
// IAM has allowed it the route, and the policies of the roles differ by route.
func Caller(o CallerOptions) func(*http.Request) (httpapi.Identity, error) {
	return func(r *http.Request) (httpapi.Identity, error) {
		e, ok := r.Context().Value(eventKey{}).(*event)
		if !ok {
			return httpapi.Identity{}, errors.New("the request is not an API Gateway event")
		}
		a := e.RequestContext.Authorizer
		owner, err := a.owner(o)
		if err != nil {
			return httpapi.Identity{}, err
		}
		if a.IAM == nil && a.JWT != nil {
			return httpapi.Identity{Owner: owner, Caller: a.claim("sub"), Powers: a.jwtPowers(o.Scopes)}, nil
		}
		i := httpapi.Identity{Owner: owner, Powers: power.All()}
		if a.IAM != nil {
			if _, ok := principal(a.IAM.UserARN, a.IAM.AccountID); ok { // it is logged: nothing else may be
				i.Caller = a.IAM.UserARN
			}
		}
		return i, nil
	}
}

func (a authorizer) owner(o CallerOptions) (string, error) {
	switch {
	case a.IAM != nil:
		return a.awsOwner(o.ByRole)
	case a.JWT != nil:
		return a.jwtOwner()
	case o.InsecureLocal:
		return Local, nil
	}
	return "", ErrNoCaller
}

func (a authorizer) awsOwner(byRole bool) (string, error) {
	account := a.IAM.AccountID
	if account == "" {
		return "", ErrNoCaller
	}
	if !byRole {
		return "aws:" + account, nil
	}
	principal, ok := principal(a.IAM.UserARN, account)
	if !ok {
		return "", ErrNoCaller
	}
	return "aws:" + account + ":" + principal, nil
}

// principal returns who in the account called: "role/<name>" for every session of
// a role, "user/<path and name>", "federated-user/<name>" or "root". An ARN
// arn:aws:sts::<account>:assumed-role/<name>/<session> does not have the role's path.
func principal(arn, account string) (string, bool) {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) != 6 || parts[0] != "arn" || parts[4] != account || parts[5] == "" {
		return "", false
	}
	service, resource := parts[2], parts[5]
	if service != "sts" {
		return resource, service == "iam"
	}
	if session, ok := strings.CutPrefix(resource, "assumed-role/"); ok {
		role, _, ok := strings.Cut(session, "/")
		return "role/" + role, ok && role != ""
	}
	return resource, strings.HasPrefix(resource, "federated-user/")
}

func (a authorizer) jwtOwner() (string, error) {
	issuer, subject := a.claim("iss"), a.claim("sub")
	if issuer == "" || subject == "" {
		return "", ErrNoCaller
	}
	return "jwt:" + url.QueryEscape(issuer) + ":" + subject, nil
}
