package opclient

import (
	"encoding/json"
	"fmt"
	"slices"
)

const (
	// maxGrantedAccess limits the items of an answer's access.
	maxGrantedAccess = 20
	// maxActions limits the actions of an item, and maxAction the bytes of each.
	maxActions, maxAction = 20, 64
	// maxExtra limits all that is kept of an answer's access although it is not
	// known, in bytes.
	maxExtra = 16 << 10
)

// accessOf reads access_token.access: what was granted, which may be less than
// what was asked for. Items, actions and members that are not known are kept. It
// is nil if the server does not say, and if it cannot be read.
func accessOf(o object) []Access {
	if !o.has("access") {
		return nil
	}
	items := o.array("access")
	if len(items) > maxGrantedAccess {
		o.fail("%saccess has more than %d items", o.path, maxGrantedAccess)
	}
	list := make([]Access, 0, len(items))
	extra := 0
	for i, item := range items[:min(len(items), maxGrantedAccess)] {
		path := fmt.Sprintf("%saccess[%d].", o.path, i)
		var a Access
		switch item := item.(type) {
		case map[string]any:
			a = accessItem(object{path, item, o.err})
		case string: // RFC 9635 section 8.1
			if len(item) > maxText {
				o.fail("%s is longer than %d bytes", path[:len(path)-1], maxText)
			}
			a.Reference = item
		case nil:
			continue
		default:
			o.fail("%s must be an object or a string", path[:len(path)-1])
		}
		list = append(list, a)
		extra += a.extraSize()
	}
	if extra > maxExtra {
		o.fail("%saccess has more than %d KiB of unknown members", o.path, maxExtra>>10)
	}
	if *o.err != nil {
		return nil
	}
	return list
}

func accessItem(o object) Access {
	a := Access{Type: o.string("type")}
	switch a.Type {
	case TypeOutgoingPayment:
		if _, ok := o.members["identifier"]; ok { // left out, but never null
			a.Identifier = o.string("identifier")
		}
	case TypeIncomingPayment, TypeQuote:
		a.Identifier = o.optional("identifier")
	default:
		return unknownAccess(o, a)
	}
	a.Actions = actions(o)
	if o.has("limits") {
		a.Limits = limitsOf(o.object("limits"))
	}
	a.Extra = o.extra("type", "actions", "identifier", "limits")
	return a
}

func actions(o object) []string {
	if !o.has("actions") {
		return nil
	}
	items := o.array("actions")
	if len(items) > maxActions {
		o.fail("%sactions has more than %d", o.path, maxActions)
		return nil
	}
	list := make([]string, 0, len(items))
	for _, v := range items {
		if v == nil {
			continue
		}
		action, ok := v.(string)
		if !ok || len(action) > maxAction {
			o.fail("%sactions must be strings of at most %d bytes", o.path, maxAction)
			return nil
		}
		list = append(list, action)
	}
	return list
}

// unknownAccess keeps an item of another type whatever its members are.
func unknownAccess(o object, a Access) Access {
	known := []string{"type"}
	var fault error
	lenient := object{o.path, o.members, &fault}
	if a.Actions = actions(lenient); fault == nil {
		known = append(known, "actions")
	}
	if identifier, ok := o.members["identifier"].(string); ok && len(identifier) <= maxText {
		a.Identifier = identifier
		known = append(known, "identifier")
	}
	a.Extra = o.extra(known...)
	return a
}

// extra is the members of o that are not known, as JSON. Null ones are left out.
func (o object) extra(known ...string) map[string]json.RawMessage {
	var extra map[string]json.RawMessage
	for name, value := range o.members {
		if value == nil || slices.Contains(known, name) {
			continue
		}
		text, _ := encodeJSON(value) // which does not fail: it was JSON
		if extra == nil {
			extra = map[string]json.RawMessage{}
		}
		extra[name] = text
	}
	return extra
}

func limitsOf(o object) *Limits {
	return &Limits{
		Receiver:      o.optional("receiver"),
		DebitAmount:   amountOf(o, "debitAmount"),
		ReceiveAmount: amountOf(o, "receiveAmount"),
		Interval:      o.optional("interval"),
		Extra:         o.extra("receiver", "debitAmount", "receiveAmount", "interval"),
	}
}

// amountOf is nil if the member is missing or null.
func amountOf(o object, name string) *Amount {
	if !o.has(name) {
		return nil
	}
	o = o.object(name)
	a := &Amount{
		Value:      o.string("value"),
		AssetCode:  o.text("assetCode", maxAssetCode),
		AssetScale: uint8(o.integer("assetScale", 255)), //nolint:gosec // at most 255
	}
	if !isAmount(a.Value) {
		o.fail("%svalue must be a whole number of minor units in decimal digits", o.path)
	}
	return a
}
