package endtoend

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// A function that fails takes a gradual deployment back. So it must not be in
// the hands of those who call it: whatever they send is answered.
func TestNothingThatIsSentMakesAFunctionFail(t *testing.T) {
	f := deployFunction(t, open(t, stores["bolt"].fresh(t)))
	id, _ := f.ask(t)
	type event = map[string]any
	fields := map[string]func(e event, nonsense string){
		"path":  func(e event, s string) { e["rawPath"] = s },
		"id":    func(e event, s string) { e["rawPath"] = strings.Replace(e["rawPath"].(string), id, s, 1) },
		"query": func(e event, s string) { e["rawQueryString"] = s },
		"hash":  func(e event, s string) { e["rawQueryString"] = "interact_ref=x&hash=" + s },
		"reference": func(e event, s string) {
			e["rawQueryString"] = "hash=" + strings.Repeat("A", 43) + "&interact_ref=" + s
		},
		"body":         func(e event, s string) { e["body"] = s },
		"code":         func(e event, s string) { e["body"] = fmt.Sprintf(`{"code":%q}`, s) },
		"wallet":       func(e event, s string) { e["body"] = fmt.Sprintf(`{"walletAddress":%q}`, s) },
		"cookie":       func(e event, s string) { e["cookies"] = []string{s} },
		"header":       func(e event, s string) { e["headers"].(map[string]string)[s] = s },
		"content type": func(e event, s string) { e["headers"].(map[string]string)["content-type"] = s },
		"accept":       func(e event, s string) { e["headers"].(map[string]string)["accept"] = s },
		"key":          func(e event, s string) { e["headers"].(map[string]string)["idempotency-key"] = s },
		"host":         func(e event, s string) { e["headers"].(map[string]string)["host"] = s },
	}
	nonsense := []string{
		"", " ", "%", "%zz", "%00", "\x00", "\xff\xfe", "\r\nX: y", "../..", "//", "?", "#", "a b", ";", "&&==", "=", "\u202e", "🙈",
		"[", "{", `{"code":`, "null", "[]", "-1", "1e999", "http://[::1", "https://%41", "$", strings.Repeat("a", 9000), strings.Repeat("[", 9000),
	}
	routes := []string{"POST /grants", "GET /grants/" + id + "/finish", "GET /grants/" + id, "POST /grants/" + id + "/token"}
	for _, route := range routes {
		for field, put := range fields {
			for _, s := range nonsense {
				method, path, _ := strings.Cut(route, " ")
				e := event{
					"version": "2.0", "rawPath": path, "rawQueryString": "", "body": "{}",
					"headers":        map[string]string{"owner": "shop", "content-type": "application/json"},
					"requestContext": event{"requestId": "JKa3bi4tjoEEPzA=", "http": map[string]string{"method": method}},
				}
				put(e, s)
				payload, err := json.Marshal(e)
				if err != nil {
					t.Fatal(err)
				}
				got, err := f.handler.Invoke(t.Context(), payload)
				var response struct{ StatusCode int }
				if err == nil {
					err = json.Unmarshal(got, &response)
				}
				if err != nil || response.StatusCode < 200 || response.StatusCode == 500 || response.StatusCode > 599 {
					t.Errorf("%s with the %s %.40q: %d, %v", route, field, s, response.StatusCode, err)
				}
			}
		}
	}
}
