package bolt

import (
	"path/filepath"
	"strings"
	"testing"

	"go.etcd.io/bbolt"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/test/storetest"
)

// TestADamagedItemIsNamed: an item that cannot be read is never taken for another, and
// nothing overwrites it.
func TestADamagedItemIsNamed(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "grants.db"))
	for _, value := range []string{``, `null`, `[]`, `"v"`, `{`, `{"v"`, `{"v":`, `{"v":1`, `{"v":1,`, `{"v":1,}`, `{v:1}`, `{"v":1 "sh":"0"}`,
		`{"v":"1"}`, `{"v":1.5}`, `{"ttl":[]}`, `{"sh":0}`, `{"du":"0"}`, `{"lk":{}}`, `{"ct":true}`, `{"v":1}}`, `{"v":1,"x":01}`, `{"v":1,"\x":1}`} {
		t.Run(value, func(t *testing.T) {
			err := s.db.Update(func(tx *bbolt.Tx) error { return tx.Bucket(itemsBucket).Put([]byte("a"), []byte(value)) })
			if err != nil {
				t.Fatal(err)
			}
			ctx := storetest.Deadline(t)
			_, _, postponed := s.Postpone(ctx, "a", 1, 2)
			for what, err := range map[string]error{"update": s.Update(ctx, &grant.Item{ID: "a", Version: 1}), "postpone": postponed} {
				if err == nil || !strings.Contains(err.Error(), "this item of the data file is damaged") {
					t.Errorf("%s: %v", what, err)
				}
			}
		})
	}
}

func TestAMemberIsAddedToAnObject(t *testing.T) {
	object := []byte(`{}`)
	for _, step := range []struct{ name, value, want string }{
		{`a`, `1`, `{"a":1}`},
		{`"\`, `[{}]`, `{"a":1,"\"\\":[{}]}`},
		{``, `"}"`, `{"a":1,"\"\\":[{}],"":"}"}`},
	} {
		var err error
		if object, err = appendMember(object, member{[]byte(step.name), []byte(step.value)}); err != nil || string(object) != step.want {
			t.Errorf("got %s, %v, want %s", object, err, step.want)
		}
	}
	members, err := readMembers(object)
	if err != nil || len(members) != 3 || string(members[1].name) != `"\` || string(members[2].value) != `"}"` {
		t.Errorf("got %q, %v", members, err)
	}
}
