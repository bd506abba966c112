package dynamodb

import (
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/store"
)

func TestAttributesArePlain(t *testing.T) {
	it := ordinary()
	it.Lease = &grant.Lease{ID: "someone", Until: 5}
	attributes, write, err := encode(&it)
	if err != nil {
		t.Fatal(err)
	}
	text := func(v types.AttributeValue) string { return v.(*types.AttributeValueMemberS).Value }
	number := func(v types.AttributeValue) string { return v.(*types.AttributeValueMemberN).Value }
	member := func(v types.AttributeValue, name string) types.AttributeValue {
		return v.(*types.AttributeValueMemberM).Value[name]
	}
	access := attributes["ac"].(*types.AttributeValueMemberL).Value[0]
	limits := member(access, "limits")
	for name, got := range map[string][2]string{
		"id":         {text(attributes["id"]), it.ID},
		"ttl":        {number(attributes["ttl"]), "1795934084"}, // DynamoDB wants seconds, as a number
		"type":       {text(member(access, "type")), "outgoing-payment"},
		"actions":    {text(member(access, "actions").(*types.AttributeValueMemberL).Value[1]), "read"},
		"interval":   {text(member(limits, "interval")), "R/2025-04-22T08:00:00Z/P1D"},
		"assetScale": {number(member(member(limits, "debitAmount"), "assetScale")), "2"},
		"lease":      {number(member(attributes["ls"], "u")), "5"},
		"write":      {string(attributes[writeAttribute].(*types.AttributeValueMemberB).Value), string(write)},
	} {
		if got[0] != got[1] {
			t.Errorf("%s is stored as %q, want %q", name, got[0], got[1])
		}
	}
	if member(limits, "receiveAmount") != nil {
		t.Error("an amount that is not there is stored")
	}
}

func TestTheWriteIDIsNoAttributeOfAnItem(t *testing.T) {
	if slices.Contains(store.Attributes(), writeAttribute) {
		t.Errorf("grant.Item has a field that is stored as %q too", writeAttribute)
	}
}

func TestEachWriteHasAnIDOfItsOwn(t *testing.T) {
	it := ordinary()
	_, one, err := encode(&it)
	if err != nil {
		t.Fatal(err)
	}
	_, two, err := encode(&it)
	if err != nil {
		t.Fatal(err)
	}
	if len(one) != writeLength || string(one) == string(two) {
		t.Errorf("%x, %x", one, two)
	}
}
