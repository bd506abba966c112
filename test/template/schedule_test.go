package template_test

import (
	"encoding/json"
	"testing"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/test/template"
)

// Hourly, because that is when a grant that could not be kept is due again.
func TestTheScheduleKeepsGrantsOnceAnHour(t *testing.T) {
	from := template.Read(t)
	schedule := template.Resources[struct {
		ScheduleExpression string
		Target             struct {
			Arn, RoleArn string
			RetryPolicy  struct{ MaximumRetryAttempts *int }
		}
	}](t, from, "AWS::Scheduler::Schedule")["KeepGrantsSchedule"]
	if schedule.ScheduleExpression != "rate(1 hour)" || schedule.Target.Arn != "KeepGrants.Alias" || schedule.Target.RoleArn != "KeepGrantsScheduleRole.Arn" {
		t.Errorf("the schedule is %+v", schedule)
	}
	keep := template.Resources[function](t, from, "AWS::Serverless::Function")["KeepGrants"]
	if keep.EventInvokeConfig == nil {
		t.Fatal("Lambda repeats a run that failed")
	}
	for by, n := range map[string]*int{"the schedule": schedule.Target.RetryPolicy.MaximumRetryAttempts, "Lambda": keep.EventInvokeConfig.MaximumRetryAttempts} {
		if n == nil || *n != 0 {
			t.Errorf("%s repeats a run that failed", by)
		}
	}
	if keep.Timeout != 300 { // internal/cloud begins with no further grant a minute before
		t.Errorf("a run may take %d s", keep.Timeout)
	}
}

// The attributes of the index are those that an item has when it is due.
func TestTheCalendarIsASparseIndexOfKeysOnly(t *testing.T) {
	table := template.Resources[struct {
		AttributeDefinitions   []struct{ AttributeName, AttributeType string }
		GlobalSecondaryIndexes []struct {
			IndexName  string
			KeySchema  []struct{ AttributeName, KeyType string }
			Projection struct{ ProjectionType string }
		}
	}](t, template.Read(t), "AWS::DynamoDB::Table")["GrantsTable"]
	if len(table.GlobalSecondaryIndexes) != 1 {
		t.Fatalf("%d indexes", len(table.GlobalSecondaryIndexes))
	}
	index := table.GlobalSecondaryIndexes[0]
	if index.IndexName != "due" || index.Projection.ProjectionType != "KEYS_ONLY" || len(index.KeySchema) != 2 ||
		index.KeySchema[0].KeyType != "HASH" || index.KeySchema[1].KeyType != "RANGE" {
		t.Fatalf("the index is %+v", index)
	}
	types := map[string]string{}
	for _, a := range table.AttributeDefinitions {
		types[a.AttributeName] = a.AttributeType
	}
	shard, due := index.KeySchema[0].AttributeName, index.KeySchema[1].AttributeName
	if types["id"] != "S" || types[shard] != "S" || types[due] != "N" || len(types) != 3 {
		t.Errorf("the keys have the types %v", types)
	}
	attributes := func(it grant.Item) (read map[string]any) {
		text, err := json.Marshal(it)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(text, &read); err != nil {
			t.Fatal(err)
		}
		return read
	}
	if is := attributes(grant.Item{Shard: "7", Due: 4711}); is[shard] != "7" || is[due] != 4711.0 {
		t.Errorf("an item that is due has %s = %v and %s = %v", shard, is[shard], due, is[due])
	}
	if not := attributes(grant.Item{}); not[shard] != nil || not[due] != nil {
		t.Error("an item that is not due is in the index")
	}
}
