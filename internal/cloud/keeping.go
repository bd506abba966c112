package cloud

import (
	"log/slog"

	aws "github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/keeping"
	"github.com/opgrants/opgrants/internal/payment"
	"github.com/opgrants/opgrants/internal/schedule"
	"github.com/opgrants/opgrants/internal/store"
	"github.com/opgrants/opgrants/internal/store/dynamodb"
)

// newPlanning is the planner of the grants and payments in a table, without a queue
// yet, and the operator of what was given up.
func newPlanning(client *aws.Client, table string, log *slog.Logger) (*schedule.Planner, *keeping.Operator) {
	grants := dynamodb.New(client, table)
	calendar := &keeping.Calendar{Grants: grants, Payments: newPayments(client, table)}
	planner := &schedule.Planner{Calendar: calendar, Breakers: newBreakers(client, table), Log: log}
	return planner, &keeping.Operator{Store: grants, Grants: &grant.Service{Store: grants, Log: log}}
}

// newWorker does the tasks of the grants and payments in a table.
func newWorker(client *aws.Client, table string, doer *keeping.Doer, log *slog.Logger) *schedule.Worker {
	return &schedule.Worker{Doer: doer, Breakers: newBreakers(client, table), Log: log}
}

func newPayments(client *aws.Client, table string) *dynamodb.Items[payment.Item] {
	return dynamodb.Of(client, table, store.Payments)
}

func newBreakers(client *aws.Client, table string) *schedule.Breakers {
	return &schedule.Breakers{Store: keeping.NewBreakerStore(dynamodb.Of(client, table, keeping.Breakers))}
}
