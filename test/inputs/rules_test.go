package inputs_test

import (
	"testing"

	"github.com/opgrants/opgrants/pkg/sandbox"
	"github.com/opgrants/opgrants/test/inputs"
)

// TestTheTableOfMembersIsThatOfTheRules compares docs/inputs.md with the rules
// that the walks through all members of all answers follow.
func TestTheTableOfMembersIsThatOfTheRules(t *testing.T) {
	var rows []inputs.Row
	add := func(answer string, rules map[string]memberRule) {
		for path, rule := range rules {
			self, _ := spelled(path)
			rows = append(rows, inputs.Row{Input: "`" + self + "` of " + answer, Result: rule.text()})
		}
	}
	for op, answer := range map[sandbox.Op]string{
		sandbox.OpWallet: "a wallet address", sandbox.OpGrant: "a grant request's answer",
		sandbox.OpContinue: "a continuation's answer", sandbox.OpRotate: "a rotation's answer",
	} {
		add(answer, memberRules[op])
	}
	for kind, answer := range map[string]string{
		"incoming payment": "an incoming payment", "quote": "a quote", "outgoing payment": "an outgoing payment", "spent amounts": "spent amounts",
	} {
		add(answer, resourceRules[kind])
	}
	inputs.Check(t, "Members of a wallet's answers", rows)
}

func (r memberRule) text() string {
	switch {
	case r.anything:
		return "may be anything"
	case r.null && r.absent:
		return "may be null or left out"
	case r.null:
		return "may be null"
	}
	return "may be left out, and not be null"
}
