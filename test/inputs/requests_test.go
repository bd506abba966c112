package inputs_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/opgrants/opgrants/internal/signingkey"
	"github.com/opgrants/opgrants/pkg/opclient"
	"github.com/opgrants/opgrants/test/inputs"
)

// A request is one that an app sends. Its answer is 201, or an error that names the
// field and says why.
type request struct {
	name  string
	body  string // ALICE is the user's wallet address
	field string
	why   string
}

func withAmount(value string) string {
	return `{"walletAddress":"ALICE","returnUrl":"` + returnURL + `","limits":{"debitAmount":{"value":` + value + `}}}`
}

func withAddress(address string) string {
	return `{"walletAddress":"` + address + `","returnUrl":"` + returnURL + `","limits":{"debitAmount":{"value":"130"}}}`
}

func withReturnURL(url string) string {
	return `{"walletAddress":"ALICE","returnUrl":"` + url + `","limits":{"debitAmount":{"value":"130"}}}`
}

func withMember(member string) string {
	return `{"walletAddress":"ALICE","returnUrl":"` + returnURL + `",` + member + `}`
}

const amountField = "limits.debitAmount.value"

var requests = []request{
	{"The amount `\"130\"`", withAmount(`"130"`), "", ""},
	{"The largest amount, 9223372036854775807", withAmount(`"9223372036854775807"`), "", ""},
	{"The amount `\"1.30\"`", withAmount(`"1.30"`), amountField, "for 1.30 with 2 decimals write 130"},
	{"The amount `\"1,30\"`", withAmount(`"1,30"`), amountField, "for 1,30 with 2 decimals write 130"},
	{"The amount `\"1,300\"`, which may be 1300", withAmount(`"1,300"`), amountField, "without separators, not 1,300"},
	{"The amount `\"1.300\"`, likewise", withAmount(`"1.300"`), amountField, "without separators, not 1.300"},
	{"The amount `\"1,0000\"`, in groups of four", withAmount(`"1,0000"`), amountField, "without separators, not 1,0000"},
	{"The amount `\"1,300.00\"`", withAmount(`"1,300.00"`), amountField, "decimal digits only"},
	{"The amount `\"1.300,00\"`", withAmount(`"1.300,00"`), amountField, "decimal digits only"},
	{"The amount `\"1 300\"`", withAmount(`"1 300"`), amountField, "decimal digits only"},
	{"The amount `\"1'300\"`", withAmount(`"1'300"`), amountField, "decimal digits only"},
	{"The amount `\"1_300\"`", withAmount(`"1_300"`), amountField, "decimal digits only"},
	{"The amount in full-width digits", withAmount(`"１３０"`), amountField, "decimal digits only"},
	{"The amount in Arabic digits", withAmount(`"١٣٠"`), amountField, "decimal digits only"},
	{"The amount with a no-break space", withAmount(`"1\u00a0300"`), amountField, "decimal digits only"},
	{"The amount with a currency", withAmount(`"1.30 USD"`), amountField, "decimal digits only"},
	{"The amount with a currency sign", withAmount(`"$1.30"`), amountField, "decimal digits only"},
	{"The amount `\"1e3\"`", withAmount(`"1e3"`), amountField, "decimal digits only"},
	{"The amount `\"0x82\"`", withAmount(`"0x82"`), amountField, "decimal digits only"},
	{"The amount `\"-130\"`", withAmount(`"-130"`), amountField, "decimal digits only"},
	{"The amount `\"0130\"`", withAmount(`"0130"`), amountField, "without sign and leading zeros: 130"},
	{"The amount `\"+130\"`", withAmount(`"+130"`), amountField, "without sign and leading zeros: 130"},
	{"The amount `\"0\"`", withAmount(`"0"`), amountField, "at least 1"},
	{"An empty amount", withAmount(`""`), amountField, "Give a whole number of minor units"},
	{"The amount 9223372036854775808", withAmount(`"9223372036854775808"`), amountField, "larger than 9223372036854775807"},
	{"The amount as a number", withAmount(`130`), amountField, "must be a string, not the number 130"},
	{"The amount as a number with decimals", withAmount(`1.3`), amountField, "must be a string, not the number 1.3"},
	{"The amount null", withAmount(`null`), amountField, "is null; give it a value"},

	{"White space around the wallet address", withAddress(` ALICE\n`), "", ""},
	{"No wallet address", `{"returnUrl":"` + returnURL + `"}`, "walletAddress", "Give the wallet address that shall pay"},
	{"The wallet address null", `{"walletAddress":null}`, "walletAddress", "is null; give it a value"},
	{"A mail address", withAddress("alice@wallet.example"), "walletAddress", "Give a wallet address, such as"},
	{"An account URI", withAddress("acct:alice@wallet.example"), "walletAddress", "Give a wallet address, such as"},
	{"A wallet address without https", withAddress("wallet.example/alice"), "walletAddress", "Give a wallet address, such as"},
	{"A wallet address with http", withAddress("http://wallet.example/alice"), "walletAddress", "must start with https://"},
	{"A wallet address with a password", withAddress("https://shop:Hunter2@wallet.example/alice"), "walletAddress", "must not hold a user name or password"},
	{"A wallet address with a port", withAddress("https://wallet.example:8443/alice"), "walletAddress", "must use port 443"},
	{"A wallet address with a query", withAddress("https://wallet.example/alice?x=1"), "walletAddress", "has no query"},
	{"A wallet address with a fragment", withAddress("https://wallet.example/alice#x"), "walletAddress", "must not have a fragment"},
	{"A wallet address with an umlaut", withAddress("https://wället.example/alice"), "walletAddress", "in Punycode (xn--…)"},
	{"A wallet address with an umlaut in its path", withAddress("https://wallet.example/älice"), "walletAddress", "must be percent-encoded"},
	{"A wallet address in quotes", withAddress("'https://wallet.example/alice'"), "walletAddress", "this is not a URL"},
	{"A wallet address in angle brackets", withAddress("<https://wallet.example/alice>"), "walletAddress", "this is not a URL"},
	{"A byte order mark before the wallet address", withAddress(`\ufeffhttps://wallet.example/alice`), "walletAddress", "this is not a URL"},
	{"A wallet address at this machine", withAddress("https://127.0.0.1/alice"), "walletAddress", "is not a public address"},
	{"A wallet address at a cloud's metadata", withAddress("https://169.254.169.254/latest"), "walletAddress", "is not a public address"},
	{"A wallet address in a private network, in IPv6", withAddress("https://[fd00::1]/alice"), "walletAddress", "is not a public address"},
	{"A payment pointer without a host", withAddress("$"), "walletAddress", "must have a host"},
	{"A wallet address of 3000 characters", withAddress("https://wallet.example/" + strings.Repeat("a", 3000)), "walletAddress", "is longer than"},
	{"A wallet address whose server does not exist", withAddress("https://walet.invalid/alice"), "walletAddress", "There is no server with the name walet.invalid"},
	{"A wallet address that does not exist", withAddress("ALICEX"), "walletAddress", "There is no wallet address at this URL"},
	{"A wallet address with a slash more", withAddress("ALICE/"), "walletAddress", "There is no wallet address at this URL"},
	{"A list of wallet addresses", `{"walletAddress":["ALICE"]}`, "walletAddress", "must be a string, not an array"},

	{"A returnUrl with a query", withReturnURL(returnURL + "?order=7&x=%20"), "", ""},
	{"A returnUrl with its port and in capitals", withReturnURL("https://SHOP.example:443/thanks"), "", ""},
	{"A returnUrl of a mobile app", withReturnURL("com.example.shop://thanks?order=7"), "", ""},
	{"No returnUrl", `{"walletAddress":"ALICE","unlimited":true}`, "returnUrl", "what ties the consent"},
	{"An empty returnUrl", withReturnURL(""), "returnUrl", "what ties the consent"},
	{"A returnUrl of another host", withReturnURL("https://evil.example/thanks"), "returnUrl", "not one of the URLs"},
	{"A returnUrl with a slash more", withReturnURL(returnURL + "/"), "returnUrl", "not one of the URLs"},
	{"A returnUrl with http", withReturnURL("http://shop.example/thanks"), "returnUrl", "must start with https://"},
	{"A returnUrl with a fragment", withReturnURL(returnURL + "#x"), "returnUrl", "without a user name and a fragment"},
	{"A returnUrl with our own parameter", withReturnURL(returnURL + "?status=x"), "returnUrl", "must not have status"},
	{"A returnUrl with a broken query", withReturnURL(returnURL + "?x=%zz"), "returnUrl", "query is malformed"},
	{"A returnUrl without a host", withReturnURL("/thanks"), "returnUrl", "must be an absolute URL"},
	{"A returnUrl of a script", withReturnURL("javascript:alert(1)"), "returnUrl", "must be an absolute URL"},

	{"A member in other letters", `{"walletaddress":"ALICE"}`, "walletaddress", "is unknown; the known members are walletAddress"},
	{"A member in snake case", `{"wallet_address":"ALICE"}`, "wallet_address", "is unknown; the known members are walletAddress"},
	{"A member twice", `{"walletAddress":"ALICE","walletAddress":"ALICE"}`, "walletAddress", "is given twice"},
	{"An action that does not exist", withMember(`"unlimited":true,"actions":["pay"]`), "actions[0]", "must be one of create"},
	{"An action twice", withMember(`"unlimited":true,"actions":["read","read"]`), "actions[1]", "there twice"},
	{"No actions", withMember(`"unlimited":true,"actions":[]`), "actions", "Leave it out, or name at least one"},
	{"Actions as a text", withMember(`"actions":"read"`), "actions", "must be an array, not a string"},
	{"Quote as a text", withMember(`"quote":"true"`), "quote", "must be true or false, not a string"},
	{"A reference that is a number", withMember(`"reference":7`), "reference", "must be a string, not the number 7"},
	{"A reference of 201 characters", withMember(`"reference":"` + strings.Repeat("é", 201) + `"`), "reference", "200 characters at most"},
	{"Both amounts", withMember(`"limits":{"debitAmount":{"value":"1"},"receiveAmount":{"value":"1","assetCode":"USD","assetScale":2}}`), "limits.receiveAmount", "leave out debitAmount or receiveAmount"},
	{"A receiveAmount without its asset", withMember(`"limits":{"receiveAmount":{"value":"1"}}`), "limits.receiveAmount", "needs assetCode and assetScale"},
	{"A debitAmount in another asset", withMember(`"limits":{"debitAmount":{"value":"1","assetCode":"EUR"}}`), "limits.debitAmount.assetCode", "is in USD"},
	{"A debitAmount with another scale", withMember(`"limits":{"debitAmount":{"value":"1","assetScale":3}}`), "limits.debitAmount.assetScale", "has scale 2"},
	{"A scale as a text", withMember(`"limits":{"debitAmount":{"value":"1","assetScale":"2"}}`), "limits.debitAmount.assetScale", "a whole number from 0 to 255, not a string"},
	{"An interval in words", withMember(`"limits":{"debitAmount":{"value":"1"},"interval":"monthly"}`), "limits.interval", "such as R/2025-04-22T08:00:00Z/P1D"},
	{"An interval that is a period only", withMember(`"limits":{"debitAmount":{"value":"1"},"interval":"P1M"}`), "limits.interval", "such as R/2025-04-22T08:00:00Z/P1D"},
	{"A receiver that is a wallet address", withMember(`"limits":{"debitAmount":{"value":"1"},"receiver":"https://wallet.example/shop"}`), "limits.receiver", "Give the URL of an incoming payment"},
	{"Limits without a limit", withMember(`"limits":{}`), "limits", "They limit nothing"},
	{"An interval without an amount", withMember(`"limits":{"interval":"R/2026-01-01T00:00:00Z/P1M"}`), "limits.interval", "It repeats an amount"},
	{"An empty interval", withMember(`"limits":{"debitAmount":{"value":"1"},"interval":""}`), "limits.interval", "is empty; give it a value"},
	{"An empty receiver", withMember(`"limits":{"debitAmount":{"value":"1"},"receiver":""}`), "limits.receiver", "is empty; give it a value"},
	{"An empty payee", withMember(`"payment":{"to":"","debitAmount":{"value":"1"}}`), "payment.to", "is empty; give it a value"},
	{"An empty assetCode", withMember(`"limits":{"debitAmount":{"value":"1","assetCode":""}}`), "limits.debitAmount.assetCode", "is empty; give it a value"},
	{"A receiver without an amount", withMember(`"limits":{"receiver":"https://wallet.example/incoming-payments/1"}`), "", ""},
	{"A subject with limits", withMember(`"subject":true,"limits":{"debitAmount":{"value":"1"}}`), "subject", "leave out payment, limits"},

	{"A byte order mark before the body", "\ufeff" + withAmount(`"130"`), "", ""},
	{"Nothing", "", "", "The body is empty"},
	{"A form", "walletAddress=ALICE", "", "The body is not JSON"},
	{"JSON with single quotes", "{'walletAddress':'ALICE'}", "", "The body is not JSON"},
	{"JSON with a comma at its end", `{"walletAddress":"ALICE",}`, "", "The body is not JSON"},
	{"JSON with a comment", "// grant\n{}", "", "The body is not JSON"},
	{"A JSON list", "[]", "", "must be an object, not an array"},
	{"JSON in a JSON string", `"{}"`, "", "must be an object, not a string"},
	{"JSON in Latin-1", "{\"reference\":\"\xe9\"}", "", "not valid UTF-8"},
	{"A body of 20 KB", `{"reference":"` + strings.Repeat("x", 20<<10) + `"}`, "", "at most 16384 bytes"},
}

func TestARequestIsTakenOrTheFieldIsNamed(t *testing.T) {
	p := newPlace(t)
	p.service.ReturnURLs = []string{returnURL, "com.example.shop://thanks"}
	local := p.service.Server
	client, err := opclient.New(opclient.Config{Timeout: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	public := signingkey.NewClient(signingkey.Fixed(signingkey.KeyOf(p.client, "key-1", p.key)), client)
	var tried []inputs.Row
	for _, r := range requests {
		p.service.Server = local
		if strings.Contains(r.body, `"walletAddress":"http`) || strings.Contains(r.body, `"walletAddress":"$`) {
			p.service.Server = public // this is how it runs for users
		}
		a := send(t, "shop", "POST", p.url+"/grants", strings.ReplaceAll(r.body, "ALICE", p.alice))
		detail := a.member("detail")
		switch {
		case r.why == "" && a.status == http.StatusCreated:
		case r.why == "", a.status < 400, a.status >= 500, a.member("field") != r.field, !strings.Contains(detail, r.why), strings.Contains(detail, "Hunter2"):
			t.Errorf("%s: %d field %q, %s", r.name, a.status, a.member("field"), detail)
		}
		tried = append(tried, inputs.Row{Input: r.name, Result: result(r.why)})
	}
	inputs.Check(t, "Requests", tried)
	if writes := p.live(); writes != 0 {
		t.Errorf("%d tokens are alive", writes)
	}
}

func TestHeadersPathsAndMethodsOfRequests(t *testing.T) {
	p := newPlace(t)
	id, _ := p.claimed(t)
	good := withAmount(`"130"`)
	var tried []inputs.Row
	for _, c := range []struct {
		name, method, path, body string
		header                   []string
		status                   int
		why                      string
	}{
		{"`POST /grants`", "POST", "/grants", good, nil, 201, ""},
		{"`POST /grants/`", "POST", "/grants/", good, nil, 201, ""},
		{"`POST /grants?x=1`", "POST", "/grants?x=1", good, nil, 201, ""},
		{"`GET /grants/{id}/`", "GET", "/grants/" + id + "/", "", nil, 200, ""},
		{"`HEAD /grants/{id}`", "HEAD", "/grants/" + id, "", nil, 200, ""},
		{"`POST /grants/{id}/token/`", "POST", "/grants/" + id + "/token/", "", nil, 200, ""},
		{"`POST //grants`", "POST", "//grants", good, nil, 404, "no such path"},
		{"`POST /Grants`", "POST", "/Grants", good, nil, 404, "no such path"},
		{"`POST /v1/grants`", "POST", "/v1/grants", good, nil, 404, "no such path"},
		{"`GET /grants/{id}%2Ftoken`", "GET", "/grants/" + id + "%2Ftoken", "", nil, 404, "no such grant"},
		{"`GET /grants/%00`", "GET", "/grants/%00", "", nil, 404, "no such grant"},
		{"`PUT /grants`", "PUT", "/grants", good, nil, 405, "accepts GET, HEAD, POST"},
		{"`OPTIONS /grants`", "OPTIONS", "/grants", "", nil, 405, "accepts GET, HEAD, POST"},
		{"`PATCH /grants/{id}`", "PATCH", "/grants/" + id, "{}", nil, 405, "accepts DELETE, GET, HEAD"},
		{"`X-HTTP-Method-Override: DELETE`", "POST", "/grants", good, []string{"X-HTTP-Method-Override", "DELETE"}, 201, ""},
		{"`Content-Type: application/json; charset=utf-8`", "POST", "/grants", good, []string{"Content-Type", "application/json; charset=utf-8"}, 201, ""},
		{"`Content-Type: application/json;charset=\"UTF8\"`", "POST", "/grants", good, []string{"Content-Type", `application/json;charset="UTF8"`}, 201, ""},
		{"`Content-Type: APPLICATION/JSON`", "POST", "/grants", good, []string{"Content-Type", "APPLICATION/JSON"}, 201, ""},
		{"`Content-Type: application/json;`", "POST", "/grants", good, []string{"Content-Type", "application/json;"}, 201, ""},
		{"`Content-Type: application/json; charset=iso-8859-1`", "POST", "/grants", good, []string{"Content-Type", "application/json; charset=iso-8859-1"}, 415, "JSON in UTF-8"},
		{"`Content-Type: text/plain`", "POST", "/grants", good, []string{"Content-Type", "text/plain"}, 415, "Content-Type: application/json"},
		{"`Content-Type: application/x-www-form-urlencoded`", "POST", "/grants", good, []string{"Content-Type", "application/x-www-form-urlencoded"}, 415, "Content-Type: application/json"},
		{"No `Content-Type`", "POST", "/grants", good, []string{"Content-Type", ""}, 415, "Content-Type: application/json"},
		{"`Content-Encoding: identity`", "POST", "/grants", good, []string{"Content-Encoding", "identity"}, 201, ""},
		{"`Content-Encoding: gzip`", "POST", "/grants", good, []string{"Content-Encoding", "gzip"}, 415, "without Content-Encoding"},
		{"`Expect: 100-continue`", "POST", "/grants", good, []string{"Expect", "100-continue"}, 201, ""},
		{"`Accept: text/html`", "POST", "/grants", good, []string{"Accept", "text/html"}, 201, ""},
		{"`Idempotency-Key` in quotes", "POST", "/grants", good, []string{"Idempotency-Key", `"6a7c"`}, 201, ""},
		{"An empty `Idempotency-Key`", "POST", "/grants", good, []string{"Idempotency-Key", ""}, 400, "1 to 255 visible ASCII characters"},
		{"An `Idempotency-Key` with a space", "POST", "/grants", good, []string{"Idempotency-Key", "order 7"}, 400, "1 to 255 visible ASCII characters"},
		{"An `Idempotency-Key` of 256 characters", "POST", "/grants", good, []string{"Idempotency-Key", strings.Repeat("k", 256)}, 400, "1 to 255 visible ASCII characters"},
		{"An `Idempotency-Key` that is not ASCII", "POST", "/grants", good, []string{"Idempotency-Key", "bestellung-ü"}, 400, "1 to 255 visible ASCII characters"},
	} {
		a := send(t, "shop", c.method, p.url+c.path, strings.ReplaceAll(c.body, "ALICE", p.alice), c.header...)
		if a.status != c.status || !strings.Contains(a.member("detail"), c.why) {
			t.Errorf("%s: %d %s", c.name, a.status, a.body)
		}
		tried = append(tried, inputs.Row{Input: c.name, Result: result(c.why)})
	}
	inputs.Check(t, "Headers, paths and methods", tried)
}

func TestAnIDThatCannotBeIsAnsweredAsOneThatIsNotThere(t *testing.T) {
	p := newPlace(t)
	for _, id := range []string{"x", "AAECAwQFBgcICQoLDA0ODw=", "%00", "{id}", strings.Repeat("a", 5000), "..%2F..", "null"} {
		for method, path := range map[string]string{"GET": "", "DELETE": "", "POST": "/token"} {
			there := send(t, "shop", method, p.url+"/grants/AAECAwQFBgcICQoLDA0ODw"+path, "")
			if a := send(t, "shop", method, p.url+"/grants/"+id+path, ""); a.status != 404 || string(a.body) != string(there.body) {
				t.Errorf("%s %s%s: %d %s", method, id, path, a.status, a.body)
			}
		}
	}
}
