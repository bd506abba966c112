package httpapi

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/power"
)

func FuzzIdempotencyKey(f *testing.F) {
	for _, seed := range []string{"8e03978e-40d5-43dd-bc93-6894a57f9324", "", " ", "a b", "é", "\x7f", `"order-7"`, strings.Repeat("k", 256)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, value string) {
		key, err := idempotencyKey(http.Header{headerIdempotencyKey: {value}})
		if (err == nil) != isIdempotencyKey(value) || err == nil && key != value || err != nil && key != "" {
			t.Fatalf("%q: %q, %v", value, key, err)
		}
		if err == nil && (len(key) > 255 || strings.TrimSpace(key) != key || key == "") {
			t.Fatalf("it accepts %q", key)
		}
	})
}

func FuzzID(f *testing.F) {
	for _, seed := range []string{"AAECAwQFBgcICQoLDA0ODw", "AAECAwQFBgcICQoLDA0ODx", "AAECAwQFBgcICQoLDA0OD+", "AAECAwQFBgcICQoLDA0OD\n", "", "AAECAwQFBgcICQoLDA0ODw=="} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, id string) {
		if !isID(id) {
			return
		}
		b, err := base64.RawURLEncoding.DecodeString(id)
		if err != nil || len(b) != 16 || base64.RawURLEncoding.EncodeToString(b) != id {
			t.Fatalf("%q is another spelling of an id", id)
		}
	})
}

func FuzzForget(f *testing.F) {
	for _, seed := range []string{"", "forget=true", "forget=true&forget=true", "f%6frget=tru%65", "forget", "=true", "%zz", "a;b"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		forget, err := readForget(raw)
		if query, parse := url.ParseQuery(raw); forget && (err != nil || parse != nil || len(query) != 1 || query.Get("forget") != "true") {
			t.Fatalf("%q forgets", raw)
		}
	})
}

func FuzzBearer(f *testing.F) {
	for _, seed := range []string{"Bearer s3cr3t", "bearer  s3cr3t ", "Bearer", "Basic x", "", "Bearer\ts3cr3t"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, value string) {
		token, ok := bearerToken(http.Header{headerAuthorization: {value}})
		if ok && (token == "" || !strings.Contains(value, token) || !strings.EqualFold(value[:6], "bearer")) {
			t.Fatalf("%q: %q", value, token)
		}
	})
}

func FuzzURLHeader(f *testing.F) {
	for _, seed := range []string{"https://shop.example/dankü?q=é%20☃", "com.example.shop://x", "a\r\nSet-Cookie: x", "\xff%zz\x00"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		got := urlHeader(raw)
		for _, c := range []byte(got) {
			if c <= ' ' || c > '~' {
				t.Fatalf("%q: %q", raw, got)
			}
		}
		if urlHeader(got) != got {
			t.Fatalf("%q: encoded twice it is %q", got, urlHeader(got))
		}
		before, err := url.PathUnescape(raw)
		if after, again := url.PathUnescape(got); err == nil && (again != nil || after != before) {
			t.Fatalf("%q means %q, and %q means %q", raw, before, got, after)
		}
	})
}

// No path, query, media type or body is an internal error, and no answer is
// without its headers.
func FuzzRequest(f *testing.F) {
	const id = "AAECAwQFBgcICQoLDA0ODw"
	f.Add("POST", "/grants", "", "application/json", "", []byte(`{"walletAddress":"x","limits":{"debitAmount":{"value":"1,300"}}}`))
	f.Add("GET", "/grants/"+id+"/finish", "hash=a&interact_ref=b&reload=3", "", "text/html", []byte(nil))
	f.Add("DELETE", "/base/grants/"+id+"/", "forget=true", "", "", []byte(nil))
	f.Add("POST", "/%67rants/"+id+"/token", "", "application/json; charset=utf8", "*/*", []byte(`{"refused":null}`))
	f.Add("HEAD", "/grants/%2F/%zz//", "%", "x", "text/html", []byte("\xff"))
	f.Add("POST", "/grants/"+id+"/payments", "", "application/json", "", []byte(`{"to":"$w.example","metadata":{"a":[1,{"b":null}]}}`))
	f.Add("GET", "/grants/"+id+"/payments/"+id, "a=b", "", "", []byte(nil))
	f.Add("GET", "/grants", "reference=%zz&cursor=", "", "", []byte(nil))
	grants, payments := Refusing(&grant.Error{Code: grant.CodeBusy})
	api := &API{Grants: grants, Payments: payments, PublicURL: "https://shop.example/base", Caller: func(*http.Request) (Identity, error) {
		return Identity{Owner: "shop", Powers: power.All()}, nil
	}}
	handler := api.Handler()
	f.Fuzz(func(t *testing.T, method, path, query, mediaType, accept string, body []byte) {
		r := httptest.NewRequest(http.MethodGet, "/", strings.NewReader(string(body)))
		decoded, err := url.PathUnescape(path)
		if err != nil {
			decoded = path
		}
		r.Method, r.URL = method, &url.URL{Path: decoded, RawPath: path, RawQuery: query}
		r.Header.Set(headerContentType, mediaType)
		r.Header.Set(headerIdempotencyKey, "key")
		r.Header.Set(headerPrefer, mediaType)
		r.Header.Set("Accept", accept)
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		if w.Code == http.StatusInternalServerError || w.Code < 200 || w.Header().Get("Cache-Control") != "no-store" {
			t.Fatalf("%s %q: %d %v", method, path, w.Code, w.Header())
		}
		if kind := w.Header().Get(headerContentType); kind == typeProblem && method != http.MethodHead && !json.Valid(w.Body.Bytes()) {
			t.Fatalf("%s %q: %s", method, path, w.Body)
		}
	})
}
