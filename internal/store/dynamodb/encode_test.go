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
	stored, err := grants().encode(&it, it.ID, 1)
	if err != nil {
		t.Fatal(err)
	}
	text := func(v types.AttributeValue) string { return v.(*types.AttributeValueMemberS).Value }
	number := func(v types.AttributeValue) string { return v.(*types.AttributeValueMemberN).Value }
	member := func(v types.AttributeValue, name string) types.AttributeValue {
		return v.(*types.AttributeValueMemberM).Value[name]
	}
	access := stored["ac"].(*types.AttributeValueMemberL).Value[0]
	limits := member(access, "limits")
	for name, got := range map[string][2]string{
		"id":         {text(stored["id"]), it.ID},
		"ttl":        {number(stored["ttl"]), "1795934084"}, // DynamoDB wants seconds, as a number
		"type":       {text(member(access, "type")), "outgoing-payment"},
		"actions":    {text(member(access, "actions").(*types.AttributeValueMemberL).Value[1]), "read"},
		"interval":   {text(member(limits, "interval")), "R/2025-04-22T08:00:00Z/P1D"},
		"assetScale": {number(member(member(limits, "debitAmount"), "assetScale")), "2"},
		"lease":      {number(member(stored["ls"], "u")), "5"},
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
	if slices.Contains(store.Grants.Attributes(), writeAttribute) {
		t.Errorf("grant.Item has a field that is stored as %q too", writeAttribute)
	}
}

func TestEachWriteHasAnIDOfItsOwn(t *testing.T) {
	it := ordinary()
	one, err := grants().encode(&it, it.ID, 1)
	if err != nil {
		t.Fatal(err)
	}
	two, err := grants().encode(&it, it.ID, 1)
	if err != nil {
		t.Fatal(err)
	}
	if len(writeOf(one)) != writeLength || string(writeOf(one)) == string(writeOf(two)) {
		t.Errorf("%x, %x", writeOf(one), writeOf(two))
	}
}

func grants() *Store { return New(nil, "grants") }

func writeOf(a attributes) []byte { return a[writeAttribute].(*types.AttributeValueMemberB).Value }
