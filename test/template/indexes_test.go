package template_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/payment"
	"github.com/opgrants/opgrants/test/template"
)

// A table is the part of a template about the table, as far as its keys.
type table struct {
	AttributeDefinitions   []struct{ AttributeName, AttributeType string }
	KeySchema              []struct{ AttributeName, KeyType string }
	GlobalSecondaryIndexes []struct {
		IndexName  string
		KeySchema  []struct{ AttributeName, KeyType string }
		Projection struct{ ProjectionType string }
	}
}

func readTable(t *testing.T) table {
	t.Helper()
	return template.Resources[table](t, template.Read(t), "AWS::DynamoDB::Table")["GrantsTable"]
}

// indexes are the keys of each index: "sh HASH, du RANGE, KEYS_ONLY".
func (of table) indexes() map[string]string {
	all := map[string]string{}
	for _, index := range of.GlobalSecondaryIndexes {
		keys := ""
		for _, k := range index.KeySchema {
			keys += k.AttributeName + " " + k.KeyType + ", "
		}
		all[index.IndexName] = keys + index.Projection.ProjectionType
	}
	return all
}

func (of table) types() map[string]string {
	all := map[string]string{}
	for _, a := range of.AttributeDefinitions {
		all[a.AttributeName] = a.AttributeType
	}
	return all
}

// attributes are those under which an item is stored.
func attributes(t *testing.T, item any) (read map[string]any) {
	t.Helper()
	text, err := json.Marshal(item)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &read); err != nil {
		t.Fatal(err)
	}
	return read
}

// The attributes of the indexes are those that an item has when it is due, or in a
// list. Keys alone are stored there: a token would be stored twice.
func TestTheIndexesAreSparseAndOfKeysOnly(t *testing.T) {
	is := readTable(t)
	want := map[string]string{"due": "sh HASH, du RANGE, KEYS_ONLY", "list": "lk HASH, ct RANGE, KEYS_ONLY"}
	if got := is.indexes(); !maps.Equal(got, want) {
		t.Errorf("the indexes are %v, want %v", got, want)
	}
	if got := is.types(); !maps.Equal(got, map[string]string{"id": "S", "sh": "S", "du": "N", "lk": "S", "ct": "N"}) {
		t.Errorf("the keys have the types %v", got)
	}
	for _, in := range []map[string]any{
		attributes(t, grant.Item{Shard: "7", Due: 4711, List: "l", Created: 4712}),
		attributes(t, payment.Item{Shard: "7", Due: 4711, List: "l", Created: 4712}),
	} {
		if in["sh"] != "7" || in["du"] != 4711.0 || in["lk"] != "l" || in["ct"] != 4712.0 {
			t.Errorf("an item that is due and in a list is stored as %v", in)
		}
	}
	for _, not := range []map[string]any{attributes(t, grant.Item{Created: 4712}), attributes(t, payment.Item{Created: 4712})} {
		if not["sh"] != nil || not["du"] != nil || not["lk"] != nil {
			t.Errorf("an item that is never due and in no list is stored as %v", not)
		}
	}
}

// CloudFormation makes or removes one index of a table in an update, and changes
// none: it would replace a table whose key changes. testdata has the table of the
// template of commit 08e7c0c, from which stacks are updated.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-dynamodb-table.html
func TestAStackOfBeforeCanBeUpdatedToTheseIndexes(t *testing.T) {
	text, err := os.ReadFile("testdata/table-08e7c0c.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var whole any
	if err := yaml.Unmarshal(text, &whole); err != nil {
		t.Fatal(err)
	}
	if text, err = json.Marshal(whole); err != nil { // whose decoder knows fields by their Go names
		t.Fatal(err)
	}
	var before struct{ GrantsTable struct{ Properties table } }
	if err := json.Unmarshal(text, &before); err != nil {
		t.Fatal(err)
	}
	was, is := before.GrantsTable.Properties, readTable(t)
	if fmt.Sprint(was.KeySchema) != fmt.Sprint(is.KeySchema) || len(was.indexes()) == 0 {
		t.Fatalf("the table has the key %v and the indexes %v, and had %v and %v", is.KeySchema, is.indexes(), was.KeySchema, was.indexes())
	}
	var changes []string
	for _, name := range slices.Sorted(maps.Keys(union(was.indexes(), is.indexes()))) {
		before, had := was.indexes()[name]
		after, has := is.indexes()[name]
		switch {
		case had && has && before != after:
			t.Errorf("the index %s is on %s, and was on %s", name, after, before)
		case had != has:
			changes = append(changes, name)
		}
	}
	if len(changes) > 1 {
		t.Errorf("the indexes %v are made or removed in one update", changes)
	}
	for name, kind := range was.types() {
		if is.types()[name] != kind {
			t.Errorf("%s has the type %q, and had %q", name, is.types()[name], kind)
		}
	}
}

func union(a, b map[string]string) map[string]string {
	all := maps.Clone(a)
	maps.Copy(all, b)
	return all
}
