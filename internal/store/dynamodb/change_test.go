package dynamodb

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

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
