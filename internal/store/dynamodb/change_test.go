package dynamodb

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/test/storetest"
)

// TestAnUpdateSendsWhatChanged, and requires that the item is the one that was
// seen; of an item that was not seen it sends all.
func TestAnUpdateSendsWhatChanged(t *testing.T) {
	var last request
	s := aServer(t, func(_ int, r request) (int, any) {
		last = r
		return http.StatusOK, map[string]any{}
	})
	it := ordinary()
	if err := s.Create(storetest.Deadline(t), &it); err != nil {
		t.Fatal(err)
	}
	write := last.write()
	it.Status, it.ConsentURL = grant.Processing, ""
	it.ClaimKey[0]++ // in place: the store must not share it
	if err := s.Update(storetest.Deadline(t), &it); err != nil {
		t.Fatal(err)
	}
	names := slices.Sorted(maps.Values(last.ExpressionAttributeNames))
	if !slices.Equal(names, []string{"ck", "cu", "st", "v", "w"}) {
		t.Errorf("it names %q", names)
	}
	found := false
	for _, v := range last.ExpressionAttributeValues {
		found = found || v["B"] == write
	}
	if !found || !strings.Contains(last.ConditionExpression, "#w = ") || !strings.Contains(last.ConditionExpression, "#v = ") {
		t.Errorf("the condition is %s", last.ConditionExpression)
	}
	unseen := ordinary()
	unseen.ID, unseen.Version = "unseen", 7
	if err := s.Update(storetest.Deadline(t), &unseen); err != nil {
		t.Fatal(err)
	}
	if n := len(last.ExpressionAttributeNames); n != len(s.attributes)-1 || strings.Contains(last.ConditionExpression, "#w") {
		t.Errorf("%d attributes of an item that was not seen, where %s", n, last.ConditionExpression)
	}
}

// What an update costs before it is sent: to encode the item, and to find what differs.
const maxUpdateAllocations = 130

func TestAnUpdateAllocatesLittle(t *testing.T) {
	s, before, after := grants(), ordinary(), ordinary()
	after.Status, after.Lease = grant.Processing, &grant.Lease{ID: "someone", Until: 5}
	old, err := s.encode(&before, before.ID, 1)
	if err != nil {
		t.Fatal(err)
	}
	n := testing.AllocsPerRun(100, func() {
		next, err := s.encode(&after, after.ID, 2)
		if err != nil {
			t.Fatal(err)
		}
		s.changeTo(next, old)
	})
	if n > maxUpdateAllocations {
		t.Errorf("it allocates %v times, want at most %d", n, maxUpdateAllocations)
	}
}

// TestValuesOfEachKindAreCompared: a change that is not seen would not be written.
func TestValuesOfEachKindAreCompared(t *testing.T) {
	text := func(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }
	kinds := []func(s string) types.AttributeValue{
		text,
		func(s string) types.AttributeValue { return &types.AttributeValueMemberN{Value: s} },
		func(s string) types.AttributeValue { return &types.AttributeValueMemberB{Value: []byte(s)} },
		func(s string) types.AttributeValue { return &types.AttributeValueMemberBOOL{Value: s == "1"} },
		func(s string) types.AttributeValue { return &types.AttributeValueMemberNULL{Value: s == "1"} },
		func(s string) types.AttributeValue { return &types.AttributeValueMemberSS{Value: []string{s}} },
		func(s string) types.AttributeValue { return &types.AttributeValueMemberNS{Value: []string{s}} },
		func(s string) types.AttributeValue { return &types.AttributeValueMemberBS{Value: [][]byte{[]byte(s)}} },
		func(s string) types.AttributeValue {
			return &types.AttributeValueMemberL{Value: []types.AttributeValue{text(s)}}
		},
		func(s string) types.AttributeValue {
			return &types.AttributeValueMemberL{Value: []types.AttributeValue{text(s), text(s)}}
		},
		func(s string) types.AttributeValue {
			return &types.AttributeValueMemberM{Value: attributes{"a": text(s)}}
		},
		func(s string) types.AttributeValue {
			return &types.AttributeValueMemberM{Value: attributes{"b": text(s)}}
		},
		func(s string) types.AttributeValue {
			return &types.AttributeValueMemberM{Value: attributes{"a": text(s), "b": text(s)}}
		},
	}
	for i, a := range kinds {
		for j, b := range kinds {
			if got := equal(a("1"), b("1")); got != (i == j) {
				t.Errorf("%#v equals %#v: %v", a("1"), b("1"), got)
			}
		}
		if equal(a("1"), a("2")) {
			t.Errorf("%#v equals %#v", a("1"), a("2"))
		}
	}
}
