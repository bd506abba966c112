package own_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/opgrants/opgrants/test/openapi/own"
)

const (
	someGrant = `{"id":"AAECAwQFBgcICQoLDA0ODw","status":"pending","claimed":false,"walletAddress":"https://wallet.example/alice","access":[],` +
		`"createdAt":"2026-11-28T12:00:00Z"}`
	someProblem = `{"type":"https://x.example/#not_found","title":"No such grant or path","status":404,"code":"not_found"}`
)

func header(pairs ...string) http.Header {
	h := http.Header{"Content-Type": {"application/json"}}
	for i := 0; i+1 < len(pairs); i += 2 {
		h.Set(pairs[i], pairs[i+1])
	}
	return h
}

// The check finds what is wrong with an exchange, and nothing wrong with others.
func TestAnExchangeIsChecked(t *testing.T) {
	d, problem := description(t), header("Content-Type", "application/problem+json")
	get := func(status int, h http.Header, text string) own.Exchange {
		return own.Exchange{Method: "GET", Path: "/grants/" + unknownID, Status: status, Answer: h, Text: []byte(text)}
	}
	ask := func(body string, status int, h http.Header, text string) own.Exchange {
		return own.Exchange{Method: "POST", Path: "/pay/grants/", Header: header(), Body: []byte(body), Status: status, Answer: h, Text: []byte(text)}
	}
	malformed := `{"type":"https://x.example/#m","title":"Malformed request","status":400,"code":"malformed_request"}`
	made := header("Location", "/pay/grants/1")
	for name, tc := range map[string]struct {
		exchange own.Exchange
		wrong    string // in the error; "": nothing is
	}{
		"a grant":                    {get(200, header(), someGrant), ""},
		"an unknown member":          {get(200, header(), strings.Replace(someGrant, `"id"`, `"extra":1,"id"`, 1)), "additional properties 'extra'"},
		"a member that is missing":   {get(200, header(), strings.Replace(someGrant, `"claimed":false,`, "", 1)), "missing property 'claimed'"},
		"a time that is none":        {get(200, header(), strings.Replace(someGrant, "T12", " 12", 1)), "date-time"},
		"no JSON":                    {get(200, header(), "{"), "is not JSON"},
		"another media type":         {get(200, header("Content-Type", "text/plain"), someGrant), `the Content-Type "text/plain"`},
		"another status":             {get(201, header(), someGrant), "getGrant does not answer 201"},
		"a header of other answers":  {get(200, header("Retry-After", "1"), someGrant), "has the header Retry-After"},
		"a problem":                  {get(404, problem, someProblem), ""},
		"another operation's code":   {get(404, problem, strings.Replace(someProblem, `"not_found"`, `"busy"`, 1)), "has the code busy"},
		"an unknown code":            {get(404, problem, strings.Replace(someProblem, `"not_found"`, `"lost"`, 1)), "value must be one of"},
		"a pause that is none":       {get(503, header("Content-Type", "application/problem+json", "Retry-After", "soon"), someProblem), "Retry-After is no number"},
		"a header that is missing":   {ask(limited, 201, header(), someGrant), "lacks the header Location"},
		"a new grant":                {ask(limited, 201, made, someGrant), ""},
		"a wrong request was taken":  {ask(`{"walletAddress":1}`, 201, made, someGrant), "took a request that the description does not allow"},
		"a wrong request is refused": {ask(`{"walletAddress":1}`, 400, problem, malformed), ""},
		"a right request is refused": {ask(limited, 400, problem, malformed), "refused a request that the description allows"},
		"a member twice is refused":  {ask(`{"walletAddress":"x","walletAddress":"x"}`, 400, problem, malformed), ""},
		"an unknown path":            {own.Exchange{Method: "GET", Path: "/grant", Status: 404, Answer: problem, Text: []byte(someProblem)}, ""},
		"an unknown path is there":   {own.Exchange{Method: "GET", Path: "/grant", Status: 200, Answer: header(), Text: []byte(someGrant)}, "GET /grant does not answer 200"},
	} {
		_, err := d.Check(&tc.exchange)
		if (err == nil) != (tc.wrong == "") || err != nil && !strings.Contains(err.Error(), tc.wrong) {
			t.Errorf("%s: got %v, want %q", name, err, tc.wrong)
		}
	}
	right, wrong := get(404, problem, someProblem), get(404, problem, "{}")
	if err := d.CheckForm(&right); err != nil {
		t.Error(err)
	}
	if err := d.CheckForm(&wrong); err == nil {
		t.Error("the form of {} is no problem's")
	}
}

// Each way to look at exchanges reports one that is wrong, and changes none.
func TestEachWayReportsWhatIsWrong(t *testing.T) {
	service := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusAccepted)
		_, _ = w.Write([]byte(someGrant))
	})
	plain := httptest.NewServer(service)
	defer plain.Close()
	target, err := url.Parse(plain.URL)
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	errorf := func(string, ...any) { found++ }
	checked, proxy := httptest.NewServer(own.Errors(service, errorf)), httptest.NewServer(own.Proxy(target, errorf))
	forms := httptest.NewServer(own.Forms(service, errorf))
	defer checked.Close()
	defer proxy.Close()
	defer forms.Close()
	for name, tc := range map[string]struct {
		client *http.Client
		url    string
	}{
		"a handler":   {http.DefaultClient, checked.URL},
		"a proxy":     {http.DefaultClient, proxy.URL},
		"the form":    {http.DefaultClient, forms.URL},
		"a transport": {&http.Client{Transport: own.Transport(http.DefaultTransport, errorf)}, plain.URL},
	} {
		found = 0
		answer, err := tc.client.Get(tc.url + "/grants/" + unknownID)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(answer.Body)
		_ = answer.Body.Close()
		if found != 1 || answer.StatusCode != http.StatusAccepted || string(text) != someGrant || err != nil {
			t.Errorf("%s: reported %d, answered %d %s", name, found, answer.StatusCode, text)
		}
	}
}
