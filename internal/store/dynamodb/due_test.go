package dynamodb

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/test/storetest"
)

// calendar answers with entries of its own numbering, so many on a page.
func calendar(t *testing.T, entries, page int) (s *Store, limits *[]int) {
	limits = new([]int)
	s = aServer(t, func(_ int, r request) (int, any) {
		if *limits = append(*limits, r.Limit); len(*limits) > 10 {
			return http.StatusBadRequest, map[string]any{"__type": "ValidationException", "message": "asked without end"}
		}
		first := 0
		if r.ExclusiveStartKey != nil {
			_, _ = fmt.Sscanf(r.ExclusiveStartKey["id"]["S"].(string), "grant %d", &first)
		}
		var items []any
		next := first
		for ; next < entries && len(items) < min(page, r.Limit); next++ {
			items = append(items, map[string]any{"id": map[string]any{"S": fmt.Sprintf("grant %d", next)}, "du": map[string]any{"N": "5"}})
		}
		answer := map[string]any{"Items": items}
		if next < entries {
			answer["LastEvaluatedKey"] = map[string]any{"id": map[string]any{"S": fmt.Sprintf("grant %d", next)}}
		}
		return http.StatusOK, answer
	})
	return s, limits
}

func TestTheCalendarIsAQueryOfItsIndex(t *testing.T) {
	s := aServer(t, func(_ int, r request) (int, any) {
		condition := r.KeyConditionExpression
		for placeholder, name := range r.ExpressionAttributeNames {
			condition = strings.ReplaceAll(condition, placeholder, name)
		}
		if r.Operation != "Query" || r.IndexName != "due" || condition != "sh = :shard AND du <= :until" {
			t.Errorf("%s of %q where %s", r.Operation, r.IndexName, condition)
		}
		values := r.ExpressionAttributeValues
		if len(values) != 2 || !maps.Equal(values[":shard"], map[string]any{"S": "3"}) || !maps.Equal(values[":until"], map[string]any{"N": "1795348800000"}) {
			t.Errorf("with %v", values)
		}
		if r.ConsistentRead || r.ScanIndexForward != nil && !*r.ScanIndexForward {
			t.Error("such an index cannot be read consistently, and is read forwards")
		}
		return http.StatusOK, map[string]any{"Items": []any{}}
	})
	if ids, err := s.Due(storetest.Deadline(t), "3", 1795348800000, 7); err != nil || len(ids) != 0 {
		t.Errorf("got %v, %v", ids, err)
	}
}

func TestTheCalendarIsReadPageByPageUpToTheLimit(t *testing.T) {
	for _, tt := range []struct {
		name                 string
		entries, page, limit int
		limits               []int
		want                 int
	}{
		{"one page has all", 2, 9, 5, []int{5}, 2},
		{"one page has enough", 20, 9, 5, []int{5}, 5},
		{"several pages have all", 7, 3, 100, []int{100, 97, 94}, 7},
		{"several pages have enough", 20, 3, 7, []int{7, 4, 1}, 7},
		{"there is nothing", 0, 3, 7, []int{7}, 0},
		{"nothing is asked for", 5, 3, 0, nil, 0},
		{"more is asked for than a request can say", 4, 3, 1 << 40, []int{1<<31 - 1, 1<<31 - 1}, 4},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, limits := calendar(t, tt.entries, tt.page)
			ids, err := s.Due(storetest.Deadline(t), "0", 5, tt.limit)
			if err != nil {
				t.Fatal(err)
			}
			var want []grant.DueItem
			for i := range tt.want {
				want = append(want, grant.DueItem{ID: fmt.Sprintf("grant %d", i), Due: 5})
			}
			if !slices.Equal(ids, want) {
				t.Errorf("got %v, want %v", ids, want)
			}
			if !slices.Equal(*limits, tt.limits) {
				t.Errorf("asked for %v, want %v", *limits, tt.limits)
			}
		})
	}
}

// An empty page may come before a full one: only the key says that it is over.
func TestAnEmptyPageIsNotTheEnd(t *testing.T) {
	s := aServer(t, func(n int, _ request) (int, any) {
		entry := map[string]any{"id": map[string]any{"S": "a"}, "du": map[string]any{"N": "5"}}
		if n == 1 {
			return http.StatusOK, map[string]any{"Items": []any{}, "LastEvaluatedKey": entry}
		}
		return http.StatusOK, map[string]any{"Items": []any{entry}}
	})
	if ids, err := s.Due(storetest.Deadline(t), "0", 5, 1); err != nil || !slices.Equal(ids, []grant.DueItem{{ID: "a", Due: 5}}) {
		t.Errorf("got %v, %v", ids, err)
	}
}

func TestAnIndexOfOtherKeysIsAnError(t *testing.T) {
	text := func(s string) map[string]any { return map[string]any{"S": s} }
	number := func(n string) map[string]any { return map[string]any{"N": n} }
	for _, tt := range []struct {
		item map[string]any
		says string
	}{
		{map[string]any{"id": number("1"), "du": number("5")}, "without id (text)"},
		{map[string]any{"id": text("a")}, "du (number)"},
		{map[string]any{"id": text("a"), "du": text("5")}, "du (number)"},
		{map[string]any{"id": text("a"), "du": number("5.5")}, "no time"},
	} {
		s := aServer(t, func(int, request) (int, any) {
			return http.StatusOK, map[string]any{"Items": []any{tt.item}}
		})
		due, err := s.Due(storetest.Deadline(t), "0", 5, 1)
		if err == nil || !strings.Contains(err.Error(), `the index "due" has an item`) || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%v: got %v, %v", tt.item, due, err)
		}
	}
}
