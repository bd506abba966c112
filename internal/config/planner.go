package config

import "strconv"

// A Planner is what the function that finds due grants needs to know. It has no
// signing key. [PlannerFromEnv] makes one.
type Planner struct {
	GrantsTable string // GRANTS_TABLE
	QueueURL    string // QUEUE_URL: of the SQS queue that takes the tasks
	QueueLimit  int    // QUEUE_LIMIT: tasks that the queue may hold; default 5,000

	InsecureAllowLocal bool // INSECURE_ALLOW_LOCAL

	Telemetry   Telemetry
	AWS         AWS    // without SecretsManagerEndpoint
	SQSEndpoint string // AWS_ENDPOINT_URL_SQS, else AWS_ENDPOINT_URL; empty: the region's own
}

const (
	defaultQueueLimit = 5_000
	largestQueueLimit = 100_000 // SQS allows 120,000 messages that are being processed
)

// PlannerFromEnv reads the configuration of the planner; getenv is [os.Getenv]
// outside of tests. The error is an [*Error] that names everything that is wrong.
func PlannerFromEnv(getenv func(string) string) (*Planner, error) {
	var p problems
	e := env{get: getenv, problems: &p}
	c := &Planner{
		GrantsTable:        e.require("GRANTS_TABLE", "the name of the DynamoDB table"),
		QueueURL:           e.require("QUEUE_URL", "the URL of the SQS queue that takes the tasks"),
		QueueLimit:         e.queueLimit(),
		InsecureAllowLocal: e.flag("INSECURE_ALLOW_LOCAL"),
		Telemetry:          e.telemetry(),
		AWS: AWS{
			Region:           e.require("AWS_REGION", "the AWS region, which Lambda sets"),
			DynamoDBEndpoint: e.endpoint("AWS_ENDPOINT_URL_DYNAMODB"),
		},
		SQSEndpoint: e.endpoint("AWS_ENDPOINT_URL_SQS"),
	}
	if err := p.err(); err != nil {
		return nil, err
	}
	return c, nil
}

func (e env) queueLimit() int {
	const name = "QUEUE_LIMIT"
	v := e.get(name)
	if v == "" {
		return defaultQueueLimit
	}
	n, err := strconv.Atoi(v)
	if err != nil || n < 1 || n > largestQueueLimit {
		e.problems.add(name, "must be a number from 1 to %d", largestQueueLimit)
	}
	return n
}
