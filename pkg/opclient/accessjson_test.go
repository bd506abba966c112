package opclient

import (
	"encoding/json"
	"reflect"
	"testing"
)

func TestAnAccessIsReadBackAsItWasWritten(t *testing.T) {
	type members = map[string]json.RawMessage
	for text, a := range map[string]Access{
		`{"type":"quote","actions":["read"]}`:                           {Type: TypeQuote, Actions: []string{"read"}},
		`{"type":"outgoing-payment","limits":{}}`:                       {Type: TypeOutgoingPayment, Limits: &Limits{}},
		`{"type":"outgoing-payment","limits":{"a":1,"b":2}}`:            {Type: TypeOutgoingPayment, Limits: &Limits{Extra: members{"b": json.RawMessage("2"), "a": json.RawMessage("1")}}},
		`{"type":"outgoing-payment","limits":{"interval":"R/x","a":1}}`: {Type: TypeOutgoingPayment, Limits: &Limits{Interval: "R/x", Extra: members{"a": json.RawMessage("1")}}},
		`"dolphin"`: {Reference: "dolphin"},
	} {
		got, err := json.Marshal(a)
		if err != nil || string(got) != text {
			t.Errorf("%+v is written as %s, %v; want %s", a, got, err, text)
		}
		var back Access
		if err := json.Unmarshal([]byte(" "+text+" "), &back); err != nil || !reflect.DeepEqual(back, a) {
			t.Errorf("%s is read back as %+v, %v", text, back, err)
		}
	}
}

// A program that keeps grants writes each access again and again.
func TestAnAccessThatIsKnownIsWrittenWithLittleMemory(t *testing.T) {
	items := outgoing().Access
	if n := testing.AllocsPerRun(100, func() { _, _ = json.Marshal(items) }); n > 25 {
		t.Errorf("it allocates %v times, want at most 25", n)
	}
}

func TestWhatIsKnownOfAnAccessIsNotWrittenTwice(t *testing.T) {
	got, err := json.Marshal(Access{Type: TypeQuote, Extra: map[string]json.RawMessage{"type": json.RawMessage(`"other"`)}})
	if err != nil || string(got) != `{"type":"quote"}` {
		t.Errorf("got %s, %v", got, err)
	}
}

func TestAnAccessWhoseExtraIsNotJSONIsNotWritten(t *testing.T) {
	broken := map[string]json.RawMessage{"x": json.RawMessage(`{`)}
	for _, a := range []Access{{Type: TypeQuote, Extra: broken}, {Type: TypeOutgoingPayment, Limits: &Limits{Extra: broken}}} {
		if got, err := json.Marshal(a); err == nil {
			t.Errorf("%+v is written as %s", a, got)
		}
	}
}

func TestWhatIsNoAccessIsNotRead(t *testing.T) {
	for _, text := range []string{`7`, `[]`, `true`} {
		var a Access
		if err := json.Unmarshal([]byte(text), &a); err == nil {
			t.Errorf("%s is read as %+v", text, a)
		}
	}
}
