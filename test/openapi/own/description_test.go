package own_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/httpapi"
	"github.com/opgrants/opgrants/internal/payment"
	"github.com/opgrants/opgrants/internal/power"
	"github.com/opgrants/opgrants/pkg/opclient"
	"github.com/opgrants/opgrants/test/openapi/own"
	"github.com/opgrants/opgrants/test/peers"
)

func TestTheDescribedOperationsAreTheRoutes(t *testing.T) {
	described, ids := map[string]*own.Operation{}, map[string]bool{}
	for _, op := range description(t).Operations {
		described[op.Method+" "+op.Path] = op
		if ids[op.ID] || !regexp.MustCompile(`^[a-z]+[A-Z][A-Za-z]+$`).MatchString(op.ID) {
			t.Errorf("%s %s has the operationId %q", op.Method, op.Path, op.ID)
		}
		ids[op.ID] = true
	}
	for _, r := range httpapi.Routes() {
		op := described[r.Key()]
		delete(described, r.Key())
		if op == nil {
			t.Errorf("%s is not described", r.Key())
			continue
		}
		var want []map[string]any
		if r.Caller == httpapi.App {
			want = []map[string]any{{"bearer": []any{string(r.Power)}}, {"sigv4": []any{}}}
		}
		if !reflect.DeepEqual(op.Security, want) {
			t.Errorf("%s: the security is %v, want %v", r.Key(), op.Security, want)
		}
		if op.HasBody() != (r.Body != nil) {
			t.Errorf("%s: it has a body: %v", r.Key(), op.HasBody())
		}
	}
	for key := range described {
		t.Errorf("there is no route %s", key)
	}
}

// The members of what is sent and answered are those of the types that are read and
// written.
func TestTheDescribedMembersAreThoseOfTheTypes(t *testing.T) {
	d := description(t)
	types := map[string]any{
		"Grant": grant.Resource{}, "GrantPage": grant.ListPage{}, "GrantFailure": grant.Failure{}, "Checkout": grant.PaymentView{},
		"Payment": payment.Resource{}, "PaymentPage": payment.Page{}, "PaymentFailure": grant.Failure{}, "Upstream": grant.Upstream{},
		"SpentAmounts": opclient.SpentAmounts{}, "Amount": opclient.Amount{}, "AmountRequest": grant.AmountRequest{},
		"GrantRequest": grant.Request{}, "CheckoutRequest": grant.CheckoutRequest{}, "LimitsRequest": grant.LimitsRequest{},
		"TokenRequest": grant.TokenRequest{}, "PaymentRequest": payment.Request{}, "AccessToken": grant.TokenAnswer{}, "ProvedSubject": grant.TokenAnswer{},
	}
	for _, r := range httpapi.Routes() {
		if r.Body != nil && r.Key() == "POST /grants/{id}/claim" {
			types["ClaimRequest"] = r.Body
		}
	}
	both := map[string]bool{"AccessToken": true, "ProvedSubject": true} // each has a part
	answered := map[string]bool{}
	for name, value := range types {
		schema := d.Schema(name)
		got := slices.Sorted(maps.Keys(schema["properties"].(map[string]any)))
		want, always := members(reflect.TypeOf(value))
		if both[name] {
			for _, member := range got {
				answered[member] = true
			}
			continue
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s has %v, want %v", name, got, want)
		}
		if required := d.Required(name); !strings.HasSuffix(name, "Request") && !slices.Equal(required, always) {
			t.Errorf("%s requires %v, want %v", name, required, always)
		}
	}
	if want, _ := members(reflect.TypeFor[grant.TokenAnswer]()); !slices.Equal(slices.Sorted(maps.Keys(answered)), want) {
		t.Errorf("a token's answer has %v, want %v", answered, want)
	}
}

// members returns the names that a type has in JSON, and those that are always there.
func members(t reflect.Type) (all, always []string) {
	for i := range t.NumField() {
		name, options, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		if name == "-" {
			continue
		}
		all = append(all, name)
		if options != "omitempty" {
			always = append(always, name)
		}
	}
	slices.Sort(all)
	slices.Sort(always)
	return all, always
}

func TestTheDescribedCodesAreThoseOfTheService(t *testing.T) {
	d := description(t)
	schema := d.Schema("ProblemCode")
	var enum []string
	for _, code := range schema["enum"].([]any) {
		enum = append(enum, code.(string))
	}
	meaning := whatToDo(t)
	var want []string
	for _, p := range httpapi.ProblemTypes() {
		want = append(want, p.Code)
		line := fmt.Sprintf("- `%s` (%d, %s): %s\n", p.Code, p.Status, p.Title, meaning[p.Code])
		if !strings.Contains(schema["description"].(string), line) {
			t.Errorf("the description of ProblemCode lacks the line\n%s", line)
		}
	}
	if got := strings.Count(schema["description"].(string), "\n- "); got != len(want) {
		t.Errorf("the description of ProblemCode has %d lines, want %d", got, len(want))
	}
	slices.Sort(enum)
	if !slices.Equal(enum, want) {
		t.Errorf("ProblemCode has\n%v, want\n%v", enum, want)
	}
}

// whatToDo returns what docs/problems.md says about each code, without links.
func whatToDo(t *testing.T) map[string]string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(peers.Root(t), "docs/problems.md"))
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, row := range regexp.MustCompile("(?m)^\\| \\d+ \\| <a id=\"\\w+\"></a>`(\\w+)` \\| (.+) \\|$").FindAllStringSubmatch(string(text), -1) {
		all[row[1]] = regexp.MustCompile(`\[([^\]]+)\]\([^)]+\)`).ReplaceAllString(row[2], "$1")
	}
	return all
}

// A code is described at the answers with its status, and each of them names its
// codes for a reader.
func TestEachCodeIsAtAnAnswerWithItsStatus(t *testing.T) {
	types, used := map[string]httpapi.ProblemType{}, map[string]bool{}
	for _, p := range httpapi.ProblemTypes() {
		types[p.Code] = p
	}
	for _, r := range description(t).Answers() {
		if (len(r.Codes) > 0) != (r.Status >= 400) {
			t.Errorf("an answer %d has the codes %v", r.Status, r.Codes)
		}
		for _, code := range r.Codes {
			used[code] = true
			if types[code].Status != r.Status || !strings.Contains(r.Description, "`"+code+"`: "+types[code].Title+".") {
				t.Errorf("%s at an answer %d: %q", code, r.Status, r.Description)
			}
		}
	}
	for code := range types {
		if !used[code] {
			t.Errorf("%s is at no answer", code)
		}
	}
}

func TestTheDescribedWordsAreThoseOfTheCode(t *testing.T) {
	d := description(t)
	for name, want := range map[string][]string{
		"GrantStatus": constants(t, "internal/grant/item.go", "Status", "requesting"),
		"GrantFailureCode": append(constants(t, "internal/grant/error.go", "Failure", "interaction_left", "interaction_expired", "interaction_unknown"),
			grant.CodeRevoked),
		"PaymentStatus":      constants(t, "internal/payment/resource.go", "Status"),
		"PaymentFailureCode": constants(t, "internal/payment/error.go", "Failure"),
		"Action":             {"create", "read", "read-all", "list", "list-all"},
	} {
		var got []string
		for _, word := range d.Schema(name)["enum"].([]any) {
			got = append(got, word.(string))
		}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%s has %v, want %v", name, got, want)
		}
	}
	for _, p := range power.All() {
		if !strings.Contains(fmt.Sprint(d.Root["tags"]), "power `"+string(p)+"`") {
			t.Errorf("no tag names the power %s", p)
		}
	}
}

// constants returns the values of those constants in a file that have this type, or
// this at the start of their name.
func constants(t *testing.T, file, kind string, without ...string) (values []string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(peers.Root(t), file))
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range regexp.MustCompile(`(?m)^\t(?:\w+ +`+kind+`|`+kind+`\w+) += "(\w+)"`).FindAllStringSubmatch(string(text), -1) {
		if !slices.Contains(without, row[1]) {
			values = append(values, row[1])
		}
	}
	return values
}

// Only what wallets and apps say in their own words may have members that the
// description does not name.
func TestNoAnswerHasAnOpenSchema(t *testing.T) {
	schemas := description(t).Root["components"].(map[string]any)["schemas"].(map[string]any)
	open := map[string]bool{"AccessItem": true, "AccessLimits": true, "Metadata": true}
	for name, schema := range schemas {
		walk(schema, func(object map[string]any) {
			if closed := object["additionalProperties"] == false; object["type"] == "object" && closed == open[name] {
				t.Errorf("%s: additionalProperties is %v", name, object["additionalProperties"])
			}
			if _, ok := object["properties"]; ok && object["type"] != "object" {
				t.Errorf("%s has properties and no type", name)
			}
		})
	}
	for _, r := range description(t).Answers() {
		for media := range r.Media {
			if media != "application/json" && media != "application/problem+json" && media != "text/html" {
				t.Errorf("an answer is %s", media)
			}
		}
	}
}

func walk(v any, see func(map[string]any)) {
	switch v := v.(type) {
	case []any:
		for _, item := range v {
			walk(item, see)
		}
	case map[string]any:
		see(v)
		for _, item := range v {
			walk(item, see)
		}
	}
}

func TestEachComponentIsUsed(t *testing.T) {
	d := description(t)
	refs := map[string]bool{"#/components/responses/NoSuchPath": true, "#/components/responses/MethodNotAllowed": true}
	walk(d.Root, func(object map[string]any) {
		if ref, ok := object["$ref"].(string); ok {
			refs[ref] = true
		}
	})
	for kind, components := range d.Root["components"].(map[string]any) {
		for name := range components.(map[string]any) {
			ref := "#/components/" + kind + "/" + name
			if kind != "securitySchemes" && !refs[ref] {
				t.Errorf("%s is not used", ref)
			}
		}
	}
}

func TestTheRequestsOfTheDescriptionAreAllowed(t *testing.T) {
	d := description(t)
	for _, op := range d.Operations {
		examples := op.RequestExamples
		if op.HasBody() && len(examples) == 0 {
			t.Errorf("%s has no example of a request", op.ID)
		}
		for name, example := range examples {
			if err := d.CheckBody(op, example); err != nil {
				t.Errorf("%s, %s: %v", op.ID, name, err)
			}
		}
	}
}

// The answers that the documentation shows are of the form that the description says.
func TestTheDocumentedAnswersAreAsDescribed(t *testing.T) {
	d, shown := description(t), 0
	for _, page := range []string{"http-api.md", "payments.md", "problems.md"} {
		text, err := os.ReadFile(filepath.Join(peers.Root(t), "docs", page))
		if err != nil {
			t.Fatal(err)
		}
		for _, block := range regexp.MustCompile("(?s)```json\n(.*?)```").FindAllStringSubmatch(string(text), -1) {
			if strings.Contains(block[1], "…") {
				continue // shortened
			}
			shown++
			if err := d.CheckAnswer([]byte(block[1])); err != nil {
				t.Errorf("%s: %v\n%s", page, err, block[1])
			}
		}
	}
	if shown < 4 {
		t.Errorf("found only %d answers", shown)
	}
}
