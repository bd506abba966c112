package opclient

import (
	"context"
	"reflect"
	"strings"
	"testing"
)

// trap holds every character of which encoders disagree.
const trap = "/\"\\\b\f\n\r\t\x00\x1f\x7f&<>'=+\u0085\u00a0é\u2027\u2028\u2029\u202a\ufeff\ufffd😀\\u2028\\\u2028"

func TestStringsAreWrittenAsJavaScriptWritesThem(t *testing.T) {
	for given, want := range map[string]string{
		"":                 "\"\"",
		"a&b<c>d":          "\"a&b<c>d\"",
		"a/b":              "\"a/b\"",
		"\u2028\u2029":     "\"\u2028\u2029\"",
		"\\u2028":          "\"\\\\u2028\"",
		"\\\u2028":         "\"\\\\\u2028\"",
		"\"\\":             "\"\\\"\\\\\"",
		"\b\f\n\r\t":       "\"\\b\\f\\n\\r\\t\"",
		"\x00\x0b\x1f":     "\"\\u0000\\u000b\\u001f\"",
		"\x7f\u0080\ufeff": "\"\x7f\u0080\ufeff\"",
		"é😀\ufffd":         "\"é😀\ufffd\"",
	} {
		got, err := encodeJSON(given)
		if err != nil || string(got) != want {
			t.Errorf("%q: got %s, %v; want %s", given, got, err, want)
		}
	}
}

func TestBodiesAreCompactAndEndWithTheirLastBrace(t *testing.T) {
	got, err := encodeJSON(Amount{"1", trap, 2})
	if err != nil || !strings.HasPrefix(string(got), `{"value":"1","assetCode":"`) || !strings.HasSuffix(string(got), `","assetScale":2}`) {
		t.Errorf("got %q, %v", got, err)
	}
}

// JavaScript writes keys that look like array indexes first, and floats its own
// way. Our bodies have neither, as long as they are made of this.
func TestBodiesAreMadeOfWhatIsWrittenOneWayOnly(t *testing.T) {
	var check func(reflect.Type, string)
	check = func(v reflect.Type, path string) {
		switch v.Kind() {
		case reflect.String, reflect.Uint8, reflect.Bool:
		case reflect.Pointer, reflect.Slice:
			check(v.Elem(), path+"[]")
		case reflect.Struct:
			for f := range v.Fields() {
				if f.Name == "Extra" || f.Name == "Reference" { // requests cannot have them
					continue
				}
				if name, _, _ := strings.Cut(f.Tag.Get("json"), ","); name == "" || strings.Trim(name, "0123456789") == "" {
					t.Errorf("%s.%s has the key %q", path, f.Name, name)
				}
				check(f.Type, path+"."+f.Name)
			}
		default:
			t.Errorf("%s is a %s", path, v)
		}
	}
	check(reflect.TypeFor[grantBody](), "grant request")
	check(reflect.TypeFor[clientObject](), "client")
	check(reflect.TypeFor[continueBody](), "continuation")
	check(reflect.TypeFor[incomingPaymentBody](), "incoming payment")
	check(reflect.TypeFor[quoteBody](), "quote")
	check(reflect.TypeFor[outgoingPaymentBody](), "outgoing payment")
}

func TestTheBodyIsWhatTheSignatureCovers(t *testing.T) {
	s := newServer(t, answer(200, pendingAnswer))
	r := outgoing()
	r.Finish.URI = "https://shop.example/back?a=1&b=%3C2%3E&c='"
	r.Finish.Nonce = Secret(strings.NewReplacer("\n", "", "\r", "").Replace(trap))
	r.Access[0].Limits.DebitAmount.AssetCode = trap
	if _, err := newClient(t).RequestGrant(context.Background(), s.URL, r); err != nil {
		t.Fatal(err)
	}
	body := string(s.only(t).body)
	verify(t, s.only(t))
	for _, must := range []string{"back?a=1&b=%3C2%3E&c='", "\u2028", "\u2029", `"assetScale":2}`, `\u0000`, `\\u2028`} {
		if !strings.Contains(body, must) {
			t.Errorf("the body lacks %q", must)
		}
	}
	for _, not := range []string{`\u0026`, `\u003c`, `\u003e`, `\u2029`, `\/`, "\n", ": ", ", "} {
		if strings.Contains(body, not) {
			t.Errorf("the body has %q", not)
		}
	}
}
