//go:build tools

package taskqueue

import (
	"encoding/json"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/opgrants/opgrants/internal/schedule"
	"github.com/opgrants/opgrants/test/peers"
)

// The queue is one of the emulator's, which checks requests as SQS does.
func TestTheQueueTakesTasksAndCountsThem(t *testing.T) {
	endpoint := peers.AWS(t)
	q := queueAt(endpoint, "", 20)
	made, err := q.client.CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: aws.String("tasks")})
	if err != nil {
		t.Fatal(err)
	}
	q.url = *made.QueueUrl
	all := tasks(13)
	if refused, err := q.Send(t.Context(), all); err != nil || len(refused) != 0 {
		t.Fatalf("refused %v, %v", refused, err)
	}
	received := map[string]schedule.Task{}
	out, err := q.client.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{
		QueueUrl: &q.url, MaxNumberOfMessages: 10, MessageSystemAttributeNames: []types.MessageSystemAttributeName{types.MessageSystemAttributeNameMessageGroupId},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range out.Messages {
		var got schedule.Task
		if err := json.Unmarshal([]byte(*m.Body), &got); err != nil {
			t.Fatal(err)
		}
		received[got.ID] = got
		if group := m.Attributes["MessageGroupId"]; group != hostGroup(got.Host) {
			t.Errorf("%s is in the group %q", got.Host, group)
		}
	}
	for _, want := range all {
		if got, ok := received[want.ID]; ok && got != want {
			t.Errorf("received %+v, want %+v", got, want)
		}
	}
	if len(received) == 0 {
		t.Error("nothing was received")
	}
	// What a worker has counts too.
	if room, err := q.Room(t.Context()); room != 7 || err != nil {
		t.Errorf("the room is %d, %v, want 7", room, err)
	}
}
