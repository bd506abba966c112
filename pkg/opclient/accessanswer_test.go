package opclient

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
)

func TestTheLimitsOfAnAccessAreExact(t *testing.T) {
	for name, c := range map[string]struct{ old, new string }{
		"items":                    {`"access":[`, `"access":[` + strings.Repeat(`"all",`, maxGrantedAccess-1)},
		"the length of references": {`"access":[`, `"access":[` + strings.Repeat(`"`+strings.Repeat("y", maxText)+`",`, maxExtra/maxText)},
		"actions":                  {`["create","read"]`, `["create"` + strings.Repeat(`,"read"`, maxActions-1) + `]`},
		"the length of an action":  {`["create","read"]`, `["` + strings.Repeat("a", maxAction) + `"]`},
	} {
		if _, err := continued(t, edit(t, grantedAnswer, c.old, c.new)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := continued(t, edit(t, grantedAnswer, `["create","read"]`, `["`+strings.Repeat("a", maxAction+1)+`"]`)); err == nil {
		t.Error("an action that is too long is read")
	}
}

func TestWhatIsUnderstoodOfAnAccess(t *testing.T) {
	long := strings.Repeat("x", maxText)
	many := strings.Repeat(`"read",`, maxActions) + `"read"`
	type members = map[string]json.RawMessage
	for item, want := range map[string]Access{
		`{"type":"quote","actions":["read"],"x":null}`:      {Type: TypeQuote, Actions: []string{"read"}},
		`{"type":"account","identifier":"` + long + `"}`:    {Type: "account", Identifier: long},
		`{"type":"account","identifier":"` + long + `x"}`:   {Type: "account", Extra: members{"identifier": json.RawMessage(`"` + long + `x"`)}},
		`null,{"type":"quote","actions":["read"]}`:          {Type: TypeQuote, Actions: []string{"read"}},
		`{"type":"account","identifier":7}`:                 {Type: "account", Extra: members{"identifier": json.RawMessage(`7`)}},
		`{"type":"account","actions":["read"]}`:             {Type: "account", Actions: []string{"read"}},
		`{"type":"account","actions":["read",7]}`:           {Type: "account", Extra: members{"actions": json.RawMessage(`["read",7]`)}},
		`{"type":"account","actions":["a` + long + `"]}`:    {Type: "account", Extra: members{"actions": json.RawMessage(`["a` + long + `"]`)}},
		`{"type":"account","actions":[` + many + `]}`:       {Type: "account", Extra: members{"actions": json.RawMessage(`[` + many + `]`)}},
		`{"type":"account","actions":null,"other":[null] }`: {Type: "account", Extra: members{"other": json.RawMessage(`[null]`)}},
	} {
		g, err := continued(t, edit(t, grantedAnswer, `"access":[`, `"access":[`+item+`,`))
		if err != nil || !reflect.DeepEqual(g.Token.Access[0], want) {
			t.Errorf("%.100s: got %+v, %v", item, g, err)
		}
	}
}
