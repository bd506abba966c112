package lambdahttp

import "encoding/json"

// An event is a request as API Gateway describes it, with the members that are
// used here. queryStringParameters is not one: it is decoded and joins repeats
// with commas, so that rawQueryString alone tells what was sent.
type event struct {
	Version         string            `json:"version"`
	RawPath         string            `json:"rawPath"`
	RawQueryString  string            `json:"rawQueryString"`
	Cookies         []string          `json:"cookies"`
	Headers         map[string]string `json:"headers"` // repeated ones joined with commas
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

// An authorizer is what API Gateway has verified of the caller; each of its
// members is nil unless the route has that kind of authorization.
type authorizer struct {
	IAM *struct {
		AccountID string `json:"accountId"`
		UserARN   string `json:"userArn"`
	} `json:"iam"`
	JWT *struct {
		// Strings on AWS, also numbers and lists where it is emulated.
		Claims map[string]json.RawMessage `json:"claims"`
	} `json:"jwt"`
}

// claim is a claim of the JWT, or empty if it is missing or not a string.
func (a authorizer) claim(name string) string {
	var s string
	if a.JWT == nil || json.Unmarshal(a.JWT.Claims[name], &s) != nil {
		return ""
	}
	return s
}
