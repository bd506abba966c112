package lambdahttp

import "encoding/json"

// An event is a request as API Gateway describes it, with the members that are
// used here. It leaves out queryStringParameters, which is decoded and joins
// repeated parameters with commas: only rawQueryString has what was sent.
type event struct {
	Version         string            `json:"version"`
	RouteKey        string            `json:"routeKey"`
	RawPath         string            `json:"rawPath"`
	RawQueryString  string            `json:"rawQueryString"`
	Cookies         []string          `json:"cookies"`
	Headers         map[string]string `json:"headers"` // repeated ones are joined with commas
	PathParameters  map[string]string `json:"pathParameters"`
	Body            string            `json:"body"`
	IsBase64Encoded bool              `json:"isBase64Encoded"`
	RequestContext  struct {
		HTTP struct {
			Method   string `json:"method"`
			Protocol string `json:"protocol"`
			SourceIP string `json:"sourceIp"`
		} `json:"http"`
		Authorizer authorizer `json:"authorizer"`
		DomainName string     `json:"domainName"`
		RequestID  string     `json:"requestId"`
		Stage      string     `json:"stage"`
	} `json:"requestContext"`
}

// An authorizer is what API Gateway verified about the caller. A member is nil
// unless the route has that kind of authorization.
type authorizer struct {
	IAM *struct {
		AccountID string `json:"accountId"`
		UserARN   string `json:"userArn"`
	} `json:"iam"`
	JWT *struct {
		// Strings on AWS; also numbers and lists in emulators.
		Claims map[string]json.RawMessage `json:"claims"`
	} `json:"jwt"`
}

// claim returns a claim of the JWT, or "" if it is missing or not a string.
func (a authorizer) claim(name string) string {
	var s string
	if a.JWT == nil || json.Unmarshal(a.JWT.Claims[name], &s) != nil {
		return ""
	}
	return s
}

// readEvent returns the event of an HTTP API. It is nil for every other payload:
// what is not an HTTP request, and the events of other front ends.
func readEvent(payload []byte) *event {
	e := new(event)
	if err := json.Unmarshal(payload, e); err != nil || e.Version != "2.0" || e.RequestContext.HTTP.Method == "" {
		return nil
	}
	return e
}
