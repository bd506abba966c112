package config_test

import (
	"maps"
	"strings"
	"testing"

	"github.com/opgrants/opgrants/internal/config"
)

func plannerEnv(with map[string]string) func(string) string {
	env := map[string]string{"GRANTS_TABLE": "grants", "QUEUE_URL": "https://sqs.eu-west-1.amazonaws.com/1/tasks", "AWS_REGION": "eu-west-1"}
	maps.Copy(env, with)
	return func(name string) string { return env[name] }
}

func TestThePlannerReadsItsQueue(t *testing.T) {
	c, err := config.PlannerFromEnv(plannerEnv(map[string]string{"AWS_ENDPOINT_URL": "http://127.0.0.1:1", "AWS_ENDPOINT_URL_SQS": "http://127.0.0.1:2"}))
	if err != nil {
		t.Fatal(err)
	}
	if c.QueueURL != "https://sqs.eu-west-1.amazonaws.com/1/tasks" || c.QueueLimit != 5000 || c.GrantsTable != "grants" {
		t.Errorf("read %+v", c)
	}
	if c.SQSEndpoint != "http://127.0.0.1:2" || c.AWS.DynamoDBEndpoint != "http://127.0.0.1:1" {
		t.Errorf("the endpoints are %+v", c)
	}
	if c, err = config.PlannerFromEnv(plannerEnv(map[string]string{"QUEUE_LIMIT": "70"})); err != nil || c.QueueLimit != 70 {
		t.Errorf("read %+v, %v", c, err)
	}
}

func TestThePlannerNamesEverythingThatIsWrong(t *testing.T) {
	for limit, wrong := range map[string]bool{"1": false, "100000": false, "0": true, "-1": true, "100001": true, "many": true, "1e3": true} {
		if _, err := config.PlannerFromEnv(plannerEnv(map[string]string{"QUEUE_LIMIT": limit})); (err != nil) != wrong {
			t.Errorf("QUEUE_LIMIT=%s: %v", limit, err)
		}
	}
	_, err := config.PlannerFromEnv(func(name string) string {
		return map[string]string{"QUEUE_LIMIT": "x", "AWS_ENDPOINT_URL_SQS": "sqs"}[name]
	})
	for _, name := range []string{"GRANTS_TABLE", "QUEUE_URL", "QUEUE_LIMIT", "AWS_REGION", "AWS_ENDPOINT_URL_SQS"} {
		if err == nil || !strings.Contains(err.Error(), name+":") {
			t.Errorf("the error does not name %s: %v", name, err)
		}
	}
	if err == nil || strings.Contains(err.Error(), "SIGNING_KEY_SECRET") {
		t.Errorf("the planner needs no key: %v", err)
	}
}
