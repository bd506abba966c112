package template_test

import (
	"fmt"
	"testing"

	"github.com/opgrants/opgrants/test/template"
)

type queue struct {
	VisibilityTimeout, MessageRetentionPeriod int // seconds
	FifoQueue                                 bool
	RedrivePolicy                             *struct {
		DeadLetterTargetArn string
		MaxReceiveCount     int
	}
}

// A run that failed is not repeated: the next one does what it could not.
func TestTheScheduleInvokesFindDueAndRepeatsNoRun(t *testing.T) {
	from := template.Read(t)
	schedules := template.Resources[struct {
		ScheduleExpression string
		Target             struct {
			Arn, RoleArn string
			RetryPolicy  struct{ MaximumRetryAttempts *int }
		}
	}](t, from, "AWS::Scheduler::Schedule")
	schedule := schedules["FindDueSchedule"]
	if len(schedules) != 1 || schedule.ScheduleExpression != "ScheduleRate" || schedule.Target.Arn != "FindDue.Alias" || schedule.Target.RoleArn != "FindDueScheduleRole.Arn" {
		t.Errorf("the schedules are %+v", schedules)
	}
	find := template.Resources[function](t, from, "AWS::Serverless::Function")["FindDue"]
	if find.EventInvokeConfig == nil {
		t.Fatal("Lambda repeats a run that failed")
	}
	for by, n := range map[string]*int{"the schedule": schedule.Target.RetryPolicy.MaximumRetryAttempts, "Lambda": find.EventInvokeConfig.MaximumRetryAttempts} {
		if n == nil || *n != 0 {
			t.Errorf("%s repeats a run that failed", by)
		}
	}
	if find.Timeout < 20 || find.Timeout >= 60 { // internal/cloud ends a run 10 s before, and the next begins a minute after
		t.Errorf("a run may take %d s", find.Timeout)
	}
}

// FindDueMissed watches for an hour: each period of it has a run at the slowest
// rate.
func TestAMissedRunIsSeenAtEachRate(t *testing.T) {
	missed := template.Resources[struct{ Period, EvaluationPeriods int }](t, template.Read(t), "AWS::CloudWatch::Alarm")["FindDueMissed"]
	rate := template.Read(t).Parameters["ScheduleRate"]
	slowest := 0
	for minutes := 2; minutes <= 120; minutes++ {
		if rate.Allows(fmt.Sprintf("rate(%d minutes)", minutes)) {
			slowest = minutes
		}
	}
	if slowest*60 > missed.Period || missed.EvaluationPeriods < 2 {
		t.Errorf("at a rate of %d minutes, %d periods of %d s can pass without a run", slowest, missed.EvaluationPeriods, missed.Period)
	}
}

// The numbers are those of
// https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
func TestTheQueueAndItsWorkerFitEachOther(t *testing.T) {
	from := template.Read(t)
	queues := template.Resources[queue](t, from, "AWS::SQS::Queue")
	tasks, dead := queues["TaskQueue"], queues["DeadLetterQueue"]
	worker := template.Resources[function](t, from, "AWS::Serverless::Function")["KeepGrants"]
	if worker.Timeout < 56 { // internal/cloud leaves a task 30 s, and a task takes 26 s
		t.Errorf("a batch may take %d s", worker.Timeout)
	}
	if tasks.VisibilityTimeout < 6*worker.Timeout {
		t.Errorf("a message is delivered again after %d s, and a batch may take %d s", tasks.VisibilityTimeout, worker.Timeout)
	}
	if tasks.RedrivePolicy == nil || tasks.RedrivePolicy.DeadLetterTargetArn != "DeadLetterQueue.Arn" || tasks.RedrivePolicy.MaxReceiveCount < 5 {
		t.Fatalf("dead letters go to %+v", tasks.RedrivePolicy)
	}
	if least := tasks.RedrivePolicy.MaxReceiveCount * tasks.VisibilityTimeout; tasks.MessageRetentionPeriod != 3600 || least >= tasks.MessageRetentionPeriod {
		t.Errorf("a message is kept for %d s, and is a dead letter after %d s", tasks.MessageRetentionPeriod, least)
	}
	if dead.MessageRetentionPeriod != 14*24*3600 || dead.RedrivePolicy != nil || tasks.FifoQueue || dead.FifoQueue {
		t.Errorf("the dead-letter queue is %+v", dead)
	}
	mappings := template.Resources[struct {
		EventSourceArn, FunctionName, BatchSize string
		FunctionResponseTypes                   []string
		ScalingConfig                           struct{ MaximumConcurrency string }
	}](t, from, "AWS::Lambda::EventSourceMapping")
	m := mappings["KeepGrantsTasks"]
	if got := fmt.Sprint(m); len(mappings) != 1 || got != "{TaskQueue.Arn KeepGrants.Alias KeepBatchSize [ReportBatchItemFailures] {KeepConcurrency}}" {
		t.Errorf("the event source mapping is %s of %d", got, len(mappings))
	}
	if p := from.Parameters["KeepConcurrency"]; p.MinValue == nil || *p.MinValue != 2 || p.MaxValue != 1000 { // what Lambda takes
		t.Errorf("KeepConcurrency may be from %v to %d", p.MinValue, p.MaxValue)
	}
	if p := from.Parameters["KeepBatchSize"]; p.MaxValue != 10 { // more needs a batching window
		t.Errorf("KeepBatchSize may be %d", p.MaxValue)
	}
}

// A run each minute is most of what an idle stack does: its traces would cost
// more than all else.
func TestOnlyTheRunsOfTheScheduleAreNotTraced(t *testing.T) {
	for name, f := range template.Resources[function](t, template.Read(t), "AWS::Serverless::Function") {
		want := ""
		if name == "FindDue" {
			want = "PassThrough"
		}
		if f.Tracing != want {
			t.Errorf("%s has the tracing %q", name, f.Tracing)
		}
	}
}
