// Package access reads the access items of grant requests.
package access

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"

	"github.com/opgrants/opgrants/pkg/sandbox/internal/message"
)

// An Item is an access item as the client wrote it.
type Item struct {
	Kind       string
	Actions    []string
	Identifier string
	Limits     *Limits
	Text       json.RawMessage
}

// Limits are those of an outgoing payment, for the consent page. The server does
// not validate them.
type Limits struct {
	Receiver      string  `json:"receiver"`
	Interval      string  `json:"interval"`
	DebitAmount   *Amount `json:"debitAmount"`
	ReceiveAmount *Amount `json:"receiveAmount"`
}

// An Amount is one that nobody validated.
type Amount struct {
	Value      string      `json:"value"`
	AssetCode  string      `json:"assetCode"`
	AssetScale json.Number `json:"assetScale"`
}

// actionsOf lists the actions that each type of access allows.
var actionsOf = map[string][]string{
	"incoming-payment": {"create", "complete", "read", "read-all", "list", "list-all"},
	"outgoing-payment": {"create", "read", "read-all", "list", "list-all"},
	"quote":            {"create", "read", "read-all"},
}

// ReceiverPattern is the form of an incoming payment's URL.
var ReceiverPattern = regexp.MustCompile(`^(https|http)://(.+)/incoming-payments/(.+)$`)

// Parse reads an item as the OpenAPI description allows it. at is where the item is,
// for the refusal.
func Parse(at string, item json.RawMessage) (a Item, f *message.Refusal) {
	o, ok := message.ParseObject(item)
	if !ok {
		return a, message.Invalid(at + " must be object")
	}
	a.Text = item
	if a.Kind, ok = o.Text("type"); !ok || actionsOf[a.Kind] == nil {
		return a, message.Invalid(at + ".type must be equal to one of the allowed values: incoming-payment, outgoing-payment, quote")
	}
	if f := a.parseActions(at, o); f != nil {
		return a, f
	}
	a.Identifier, ok = o.Text("identifier")
	switch {
	case o["identifier"] == nil && a.Kind == "outgoing-payment":
		return a, message.Invalid(at + " must have required property 'identifier'")
	case o["identifier"] != nil && (!ok || !message.IsURI(a.Identifier)):
		return a, message.Invalid(at + `.identifier must match format "uri"`)
	}
	return a, a.parseLimits(at, o)
}

func (a *Item) parseActions(at string, o message.Object) *message.Refusal {
	actions, ok := o.List("actions")
	if !ok || json.Unmarshal(o["actions"], &a.Actions) != nil {
		return message.Invalid(at + " must have required property 'actions', a list of strings")
	}
	for i, action := range a.Actions {
		if !slices.Contains(actionsOf[a.Kind], action) || string(actions[i]) == "null" {
			return message.Invalid(fmt.Sprintf("%s.actions.%d must be equal to one of the allowed values", at, i))
		}
		if slices.Contains(a.Actions[:i], action) {
			return message.Invalid(at + ".actions must NOT have duplicate items")
		}
	}
	return nil
}

// parseLimits checks the receiver alone. The first alternative of the OpenAPI
// description's limits allows every amount, and interval is any string.
func (a *Item) parseLimits(at string, o message.Object) *message.Refusal {
	if o["limits"] == nil || a.Kind != "outgoing-payment" {
		return nil
	}
	members, ok := message.ParseObject(o["limits"])
	if !ok {
		return message.Invalid(at + ".limits must be object")
	}
	if receiver, ok := members.Text("receiver"); members["receiver"] != nil && (!ok || !ReceiverPattern.MatchString(receiver)) {
		return message.Invalid(at + " must match exactly one schema in oneOf") // does not mention the receiver
	}
	if _, ok := members.Text("interval"); members["interval"] != nil && !ok {
		return message.Invalid(at + ".limits.interval must be string")
	}
	a.Limits = &Limits{}
	_ = json.Unmarshal(o["limits"], a.Limits) // the page leaves out what does not fit
	return nil
}

// members are the columns that the reference implementation has for an access item.
// It fails on any other member.
var members = []string{"type", "actions", "identifier", "limits"}

// Check finds what the server refuses only after it has verified the signature.
func (a *Item) Check() *message.Refusal {
	o, _ := message.ParseObject(a.Text)
	for name := range o {
		if !slices.Contains(members, name) {
			return message.InternalError(fmt.Sprintf("the access item has a member %q, which is not known", name))
		}
	}
	if a.NeedsInteraction() && a.Identifier == "" {
		return message.Refuse(400, message.InvalidRequest, "access identifier required", "")
	}
	if l, ok := message.ParseObject(o["limits"]); ok && l["debitAmount"] != nil && l["receiveAmount"] != nil {
		return message.Refuse(400, message.InvalidRequest, "only one access amount allowed", "")
	}
	return nil
}

// NeedsInteraction reports whether the user must consent.
func (a *Item) NeedsInteraction() bool {
	return a.Kind == "outgoing-payment" ||
		a.Kind == "incoming-payment" && (slices.Contains(a.Actions, "list-all") || slices.Contains(a.Actions, "read-all"))
}

// LimitMembers returns the limits as the client wrote them, where Limits leaves out
// what does not fit.
func (a *Item) LimitMembers() message.Object {
	o, _ := message.ParseObject(a.Text)
	limits, _ := message.ParseObject(o["limits"])
	return limits
}

// Allows reports whether the item allows an action. walletAddress is "" where the
// item's identifier does not matter.
func (a *Item) Allows(kind, action, walletAddress string) bool {
	allows := slices.Contains(a.Actions, action) || slices.Contains(a.Actions, action+"-all")
	fits := a.Identifier == "" || walletAddress == "" || a.Identifier == walletAddress
	return a.Kind == kind && allows && fits
}
