package inputs_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"sort"
	"strings"
	"testing"

	"github.com/opgrants/opgrants/pkg/sandbox"
)

// paths are all members of a JSON value, and the items of its arrays.
func paths(v any, at string) (all []string) {
	switch v := v.(type) {
	case map[string]any:
		for name, member := range v {
			path := strings.TrimPrefix(at+"."+name, ".")
			all = append(append(all, path), paths(member, path)...)
		}
	case []any:
		for i, item := range v {
			path := fmt.Sprintf("%s.%d", at, i)
			all = append(append(all, path), paths(item, path)...)
		}
	}
	sort.Strings(all)
	return all
}

// with is a JSON text in which the member at path is another value; "" removes it.
func with(text []byte, path, value string) []byte {
	var v any
	if json.Unmarshal(text, &v) != nil {
		panic("not JSON: " + string(text))
	}
	v = set(v, strings.Split(path, "."), value)
	out, _ := json.Marshal(v)
	return out
}

func set(v any, path []string, value string) any {
	if len(path) == 0 {
		return json.RawMessage(value)
	}
	switch v := v.(type) {
	case map[string]any:
		if len(path) == 1 && value == "" {
			delete(v, path[0])
		} else {
			v[path[0]] = set(v[path[0]], path[1:], value)
		}
	case []any:
		var i int
		_, _ = fmt.Sscan(path[0], &i)
		if len(path) == 1 && value == "" {
			return append(v[:i:i], v[i+1:]...)
		}
		v[i] = set(v[i], path[1:], value)
	}
	return v
}

// The values that each member is set to.
var values = map[string]string{
	"null": "null", "absent": "", "an empty string": `""`, "a number": "7", "false": "false", "an object": "{}", "a list": "[]",
	"a list of null": "[null]", "a long string": `"` + strings.Repeat("x", 9000) + `"`, "a large number": "1e400", "below zero": "-1",
}

// A memberRule says what a member of an answer may be.
type memberRule struct {
	null, absent bool // it may be null, it may be left out
	anything     bool // whatever it is, the answer is taken
}

var (
	optional = memberRule{null: true, absent: true}
	ignored  = memberRule{null: true, absent: true, anything: true}
	id       = memberRule{absent: true}
)

// memberRules has the members that are not needed, by call. All others are.
var memberRules = map[sandbox.Op]map[string]memberRule{
	sandbox.OpWallet: {"publicName": optional},
	sandbox.OpGrant:  {"continue.wait": ignored},
	sandbox.OpContinue: {
		"access_token.manage":                      optional,
		"access_token.expires_in":                  ignored,
		"access_token.access":                      optional,
		"access_token.access.0":                    optional,
		"access_token.access.0.identifier":         id,
		"access_token.access.0.actions":            optional,
		"access_token.access.0.actions.0":          optional,
		"access_token.access.0.actions.1":          optional,
		"access_token.access.0.actions.2":          optional,
		"access_token.access.0.limits":             optional,
		"access_token.access.0.limits.debitAmount": optional,
		"continue":              optional,
		"continue.uri":          id,
		"continue.access_token": optional,
	},
	sandbox.OpRotate: {"access_token.manage": optional, "access_token.expires_in": ignored, "access_token.access": ignored},
}

// ruleIn is the rule of the member at path, or of what ignores all that is in it.
func ruleIn(rules map[string]memberRule, path string) memberRule {
	for at := path; at != ""; at = at[:max(strings.LastIndex(at, "."), 0)] {
		if rule, ok := rules[at]; ok && (at == path || rule.anything) {
			return rule
		}
	}
	return memberRule{}
}

// A trial is one answer of a wallet that is not as it should be, and what became of
// the grant.
type trial struct {
	taken bool
	said  string // to the app, if not
}

// tryAnswer lets one answer of the wallet be changed. Whatever it is, no consent is
// left alive that the service does not have.
func (p *place) tryAnswer(t *testing.T, op sandbox.Op, change edit) (result trial) {
	t.Helper()
	before := p.live()
	var a answer
	switch op {
	case sandbox.OpWallet, sandbox.OpGrant:
		p.during(op, change, func() { a = p.ask(t) })
		result = trial{a.status == http.StatusCreated, a.member("detail")}
		if !result.taken && (a.status != http.StatusBadGateway || a.member("code") != "wallet_answer_invalid") {
			t.Errorf("it is %d %s", a.status, a.body)
		}
	case sandbox.OpContinue:
		id, finish := p.pending(t)
		p.during(op, change, func() { a = send(t, "", "GET", finish, "") })
		g := p.get(t, id)
		result = trial{returned(a).Get("status") == "granted", g.member("failure", "detail")}
		if !result.taken && (returned(a).Get("error") != "outcome_unknown" || g.member("status") != "failed") {
			t.Errorf("it is %d %v %s", a.status, returned(a), g.body)
		}
	case sandbox.OpRotate:
		id, token := p.claimed(t)
		p.during(op, change, func() { a = p.token(t, id, `{"refused":"`+token+`"}`) })
		again := p.token(t, id, "")
		result = trial{a.status == http.StatusOK, a.member("detail")}
		if result.taken && (!p.wallet.Active(a.member("accessToken")) || again.member("accessToken") != a.member("accessToken")) {
			t.Errorf("a token that does not work: %s, then %s", a.body, again.body)
		}
		if !result.taken && (a.member("code") != "not_rotated" || again.member("code") != "failed") {
			t.Errorf("it is %s, then %s", a.body, again.body)
		}
	}
	alive := 0
	if result.taken && (op == sandbox.OpContinue || op == sandbox.OpRotate) {
		alive = 1
	}
	if got := p.live() - before; got != alive {
		t.Errorf("%d tokens are left alive, want %d", got, alive)
	}
	return result
}

// spelled is a path as messages spell it, and that of what it is a part of.
func spelled(path string) (self, parent string) {
	self = regexp.MustCompile(`\.(\d+)`).ReplaceAllString(path, "[$1]")
	if i := strings.LastIndexByte(self, '['); strings.HasSuffix(self, "]") {
		return self, self[:i]
	}
	return self, self
}

func TestEachMemberOfEachAnswerIsTakenOrNamed(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	id, token := p.claimed(t)
	_ = p.token(t, id, `{"refused":"`+token+`"}`)
	tried := 0
	for op := range memberRules {
		var good any
		if err := json.Unmarshal(p.good(op).body, &good); err != nil {
			t.Fatalf("%s: %v", op, err)
		}
		for _, path := range paths(good, "") {
			rule := ruleIn(memberRules[op], path)
			for name, value := range values {
				tried++
				t.Run(fmt.Sprintf("%s/%s/%s", op, path, name), func(t *testing.T) {
					got := p.tryAnswer(t, op, func(a *answer) { a.body = with(a.body, path, value) })
					switch {
					case name == "null" && got.taken != rule.null, name == "absent" && got.taken != rule.absent, rule.anything && !got.taken:
						t.Errorf("taken: %t; %s", got.taken, got.said)
					}
					self, parent := spelled(path)
					if !got.taken && !strings.Contains(got.said, self) && !strings.Contains(got.said, parent) {
						t.Errorf("%s is not named: %s", self, got.said)
					}
				})
			}
		}
	}
	if tried < 400 {
		t.Errorf("only %d answers were tried", tried)
	}
	t.Logf("%d answers", tried)
}

func TestAMemberThatIsNotKnownIsNoReasonToRefuse(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	id, token := p.claimed(t)
	_ = p.token(t, id, `{"refused":"`+token+`"}`)
	for op := range memberRules {
		var good any
		if err := json.Unmarshal(p.good(op).body, &good); err != nil {
			t.Fatalf("%s: %v", op, err)
		}
		for _, path := range append(paths(good, ""), "") {
			if _, isObject := at(good, path).(map[string]any); !isObject {
				continue
			}
			for _, value := range []string{"null", `"x"`, `{"of":["a later version"]}`, "1.5e300"} {
				got := p.tryAnswer(t, op, func(a *answer) { a.body = with(a.body, strings.TrimPrefix(path+".x-later", "."), value) })
				if !got.taken {
					t.Errorf("%s with %s more in %q: %s", op, value, path, got.said)
				}
			}
		}
	}
}

// at is the value at path.
func at(v any, path string) any {
	for name := range strings.SplitSeq(path, ".") {
		switch value := v.(type) {
		case map[string]any:
			if path != "" {
				v = value[name]
			}
		case []any:
			var i int
			_, _ = fmt.Sscan(name, &i)
			v = value[i]
		}
	}
	return v
}

func TestAnAnswerThatIsNoObjectIsNamed(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	for op := range memberRules {
		for body, why := range map[string]string{
			"": "the answer is empty", " \r\n": "the answer is empty", "null": "the answer is not a JSON object", "[]": "the answer is not a JSON object",
			`"ok"`: "the answer is not a JSON object", "OK": "the answer is not JSON", `{"id":`: "the answer is not JSON", "{}{}": "the answer is not JSON",
			"{'id':1}": "the answer is not JSON", "id=1&x=2": "the answer is not JSON", "<html>": "this is a web page", "<?xml version='1.0'?><a/>": "this is XML",
			"<?xml version='1.0'?><!DOCTYPE html><html/>": "this is a web page",
			"\xff\xfe{\x00}\x00":                          "the answer is in UTF-16", "\x1f\x8b\x08broken": "cannot be decompressed", "): {}": "the answer is not JSON",
			`{"a":"` + strings.Repeat("x", 1<<20) + `"}`: "the answer is larger than",
		} {
			got := p.tryAnswer(t, op, func(a *answer) { a.body = []byte(body) })
			if got.taken || !strings.Contains(got.said, why) {
				t.Errorf("%s with %.40q: %q, want %q", op, body, got.said, why)
			}
		}
	}
}
