package opclient

import (
	"bytes"
	"encoding/json"
	"maps"
	"reflect"
	"slices"
)

// The members of an access item and of limits, in the order in which they are
// sent.
type (
	accessBody struct {
		Type       string   `json:"type"`
		Actions    []string `json:"actions,omitempty"`
		Identifier string   `json:"identifier,omitempty"`
		Limits     *Limits  `json:"limits,omitempty"`
	}
	limitsBody struct {
		Receiver      string  `json:"receiver,omitempty"`
		DebitAmount   *Amount `json:"debitAmount,omitempty"`
		ReceiveAmount *Amount `json:"receiveAmount,omitempty"`
		Interval      string  `json:"interval,omitempty"`
	}
)

// MarshalJSON writes a as a server would, with the members of Extra. An item with
// a Reference is written as that string.
func (a Access) MarshalJSON() ([]byte, error) {
	if a.Reference != "" {
		return encodeJSON(a.Reference)
	}
	return withExtra(accessBody{a.Type, a.Actions, a.Identifier, a.Limits}, a.Extra)
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (a *Access) UnmarshalJSON(data []byte) error {
	*a = Access{}
	if bytes.HasPrefix(bytes.TrimLeft(data, " \t\r\n"), []byte(`"`)) {
		return json.Unmarshal(data, &a.Reference)
	}
	var err error
	a.Extra, err = readMembers(data, map[string]any{
		"type": &a.Type, "actions": &a.Actions, "identifier": &a.Identifier, "limits": &a.Limits,
	})
	return err
}

// MarshalJSON writes l as a server would, with the members of Extra.
func (l Limits) MarshalJSON() ([]byte, error) {
	return withExtra(limitsBody{l.Receiver, l.DebitAmount, l.ReceiveAmount, l.Interval}, l.Extra)
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (l *Limits) UnmarshalJSON(data []byte) error {
	*l = Limits{}
	var err error
	l.Extra, err = readMembers(data, map[string]any{
		"receiver": &l.Receiver, "debitAmount": &l.DebitAmount, "receiveAmount": &l.ReceiveAmount, "interval": &l.Interval,
	})
	return err
}

// withExtra is the JSON object of known, followed by the members of extra that
// known does not have, in the order of their names. Package json checks that these are
// JSON.
func withExtra(known any, extra map[string]json.RawMessage) ([]byte, error) {
	text, err := encodeJSON(known)
	if err != nil || len(extra) == 0 {
		return text, err
	}
	var there map[string]json.RawMessage
	_ = json.Unmarshal(text, &there) // which does not fail: it was just written
	text = bytes.TrimSuffix(text, []byte("}"))
	for _, name := range slices.Sorted(maps.Keys(extra)) {
		if _, ok := there[name]; ok {
			continue
		}
		key, _ := encodeJSON(name) // which does not fail: a text can always be written
		if !bytes.HasSuffix(text, []byte("{")) {
			text = append(text, ',')
		}
		text = append(append(append(text, key...), ':'), extra[name]...)
	}
	return append(text, '}'), nil
}

// readMembers reads the members of a JSON object into known, by their exact
// names. It returns the others, and those that do not fit: an item of an unknown
// type may spell them in its own way.
func readMembers(data []byte, known map[string]any) (map[string]json.RawMessage, error) {
	var extra map[string]json.RawMessage
	if err := json.Unmarshal(data, &extra); err != nil {
		return nil, err
	}
	for name, into := range known {
		fresh := reflect.New(reflect.TypeOf(into).Elem()) // a value that does not fit may be read in part
		if json.Unmarshal(extra[name], fresh.Interface()) == nil {
			reflect.ValueOf(into).Elem().Set(fresh.Elem())
			delete(extra, name)
		}
	}
	if len(extra) == 0 {
		return nil, nil
	}
	return extra, nil
}

// extraSize is about how many bytes a keeps of what is not known.
func (a Access) extraSize() int {
	n := len(a.Reference)
	for name, value := range a.Extra {
		n += len(name) + len(value)
	}
	if a.Limits != nil {
		for name, value := range a.Limits.Extra {
			n += len(name) + len(value)
		}
	}
	return n
}
