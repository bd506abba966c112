package sandbox

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
)

// An access item as the client wrote it.
type access struct {
	kind       string
	actions    []string
	identifier string
	limits     *limits
	text       json.RawMessage
	spent      *spent // nil: nothing was paid yet
}

// limits of an outgoing payment, for the consent page; nothing is validated.
type limits struct {
	Receiver      string  `json:"receiver"`
	Interval      string  `json:"interval"`
	DebitAmount   *amount `json:"debitAmount"`
	ReceiveAmount *amount `json:"receiveAmount"`
}

type amount struct {
	Value      string      `json:"value"`
	AssetCode  string      `json:"assetCode"`
	AssetScale json.Number `json:"assetScale"`
}

// actionsOf is what each type of access allows.
var actionsOf = map[string][]string{
	"incoming-payment": {"create", "complete", "read", "read-all", "list", "list-all"},
	"outgoing-payment": {"create", "read", "read-all", "list", "list-all"},
	"quote":            {"create", "read", "read-all"},
}

var receiverPattern = regexp.MustCompile(`^(https|http)://(.+)/incoming-payments/(.+)$`)

func parseAccess(at string, item json.RawMessage) (a access, f *refusal) {
	o, ok := parseObject(item)
	if !ok {
		return a, invalid(at + " must be object")
	}
	a.text = item
	if a.kind, ok = o.text("type"); !ok || actionsOf[a.kind] == nil {
		return a, invalid(at + ".type must be equal to one of the allowed values: incoming-payment, outgoing-payment, quote")
	}
	actions, ok := o.list("actions")
	if !ok || json.Unmarshal(o["actions"], &a.actions) != nil {
		return a, invalid(at + " must have required property 'actions', a list of strings")
	}
	for i, action := range a.actions {
		if !slices.Contains(actionsOf[a.kind], action) || string(actions[i]) == "null" {
			return a, invalid(fmt.Sprintf("%s.actions.%d must be equal to one of the allowed values", at, i))
		}
		if slices.Contains(a.actions[:i], action) {
			return a, invalid(at + ".actions must NOT have duplicate items")
		}
	}
	a.identifier, ok = o.text("identifier")
	switch {
	case o["identifier"] == nil && a.kind == "outgoing-payment":
		return a, invalid(at + " must have required property 'identifier'")
	case o["identifier"] != nil && (!ok || !isURI(a.identifier)):
		return a, invalid(at + `.identifier must match format "uri"`)
	}
	return a, a.parseLimits(at, o)
}

// parseLimits looks at the receiver alone: the first alternative of the OpenAPI
// description's limits lets every amount pass, and interval is any string.
func (a *access) parseLimits(at string, o object) *refusal {
	if o["limits"] == nil || a.kind != "outgoing-payment" {
		return nil
	}
	members, ok := parseObject(o["limits"])
	if !ok {
		return invalid(at + ".limits must be object")
	}
	if receiver, ok := members.text("receiver"); members["receiver"] != nil && (!ok || !receiverPattern.MatchString(receiver)) {
		return invalid(at + " must match exactly one schema in oneOf") // says nothing of the receiver
	}
	if _, ok := members.text("interval"); members["interval"] != nil && !ok {
		return invalid(at + ".limits.interval must be string")
	}
	a.limits = &limits{}
	_ = json.Unmarshal(o["limits"], a.limits) // what does not fit is not shown
	return nil
}

// accessMembers are the columns that the reference implementation has for an
// access item; it fails on any other member.
var accessMembers = []string{"type", "actions", "identifier", "limits"}

// needsInteraction reports whether the user must be asked.
func (a access) needsInteraction() bool {
	return a.kind == "outgoing-payment" || slices.Contains(a.actions, "list-all")
}
