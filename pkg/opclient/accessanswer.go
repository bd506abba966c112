package opclient

import (
	"fmt"
	"slices"
)

// accessOf reads access_token.access: what was granted, which may be less than
// what was asked for.
func accessOf(o object) []Access {
	items := o.array("access")
	if len(items) > maxAccess {
		o.fail("%saccess has more than %d items", o.path, maxAccess)
	}
	if *o.err != nil {
		return nil
	}
	list := make([]Access, len(items))
	for i, item := range items {
		path := fmt.Sprintf("%saccess[%d].", o.path, i)
		members, ok := item.(map[string]any)
		if !ok {
			o.fail("%s must be an object", path[:len(path)-1])
			return nil
		}
		list[i] = accessItem(object{path, members, o.err})
	}
	return list
}

func accessItem(o object) Access {
	a := Access{Type: o.string("type"), Identifier: o.optional("identifier")}
	for _, v := range o.array("actions") {
		action, _ := v.(string)
		if *o.err == nil && !slices.Contains(actionsOf[a.Type], action) {
			o.fail("%sactions has one that this type does not know", o.path)
		}
		a.Actions = append(a.Actions, action)
	}
	if _, known := actionsOf[a.Type]; !known {
		o.fail("%stype is none that Open Payments knows", o.path)
	}
	if a.Type == TypeOutgoingPayment && a.Identifier == "" {
		o.fail("%sidentifier is missing", o.path)
	}
	if o.has("limits") {
		a.Limits = limitsOf(o.object("limits"))
	}
	return a
}

func limitsOf(o object) *Limits {
	return &Limits{
		Receiver:      o.optional("receiver"),
		DebitAmount:   amountOf(o, "debitAmount"),
		ReceiveAmount: amountOf(o, "receiveAmount"),
		Interval:      o.optional("interval"),
	}
}

func amountOf(limits object, name string) *Amount {
	if !limits.has(name) {
		return nil
	}
	o := limits.object(name)
	a := &Amount{
		Value:      o.string("value"),
		AssetCode:  o.string("assetCode"),
		AssetScale: uint8(o.integer("assetScale", 255)), //nolint:gosec // at most 255
	}
	if *o.err == nil {
		if err := checkValue(a.Value); err != nil {
			o.fail("%svalue: %w", o.path, err)
		}
	}
	return a
}
