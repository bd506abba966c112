// Package taskqueue is the SQS queue between the planner and the workers. It is
// apart from package cloud, so that only the planner links the client of SQS.
package taskqueue

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"net/http"
	"slices"
	"strconv"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/opgrants/opgrants/internal/config"
	"github.com/opgrants/opgrants/internal/schedule"
)

const (
	sendBatch    = 10 // messages that SQS takes at once
	sendParallel = 4  // batches that are sent side by side
)

// A Queue is an SQS queue of tasks. [New] makes one.
type Queue struct {
	client *sqs.Client
	url    string
	limit  int // tasks that the queue may hold, the ones that workers have included
}

// New is the queue of a planner's configuration.
func New(c *config.Planner, credentials aws.CredentialsProvider, client *http.Client) schedule.Queue {
	return newQueue(c, credentials, client)
}

func newQueue(c *config.Planner, credentials aws.CredentialsProvider, client *http.Client) *Queue {
	o := sqs.Options{Region: c.AWS.Region, Credentials: credentials, HTTPClient: client}
	if c.SQSEndpoint != "" {
		o.BaseEndpoint = &c.SQSEndpoint
	}
	return &Queue{client: sqs.New(o), url: c.QueueURL, limit: c.QueueLimit}
}

// Room is the limit less what the queue holds, by the approximate counts that
// SQS gives.
func (q *Queue) Room(ctx context.Context) (int, error) {
	counts := []types.QueueAttributeName{
		types.QueueAttributeNameApproximateNumberOfMessages,
		types.QueueAttributeNameApproximateNumberOfMessagesNotVisible,
	}
	out, err := q.client.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{QueueUrl: &q.url, AttributeNames: counts})
	if err != nil {
		return 0, err
	}
	room := q.limit
	for _, name := range counts {
		n, err := strconv.Atoi(out.Attributes[string(name)])
		if err != nil {
			return 0, fmt.Errorf("SQS answered no %s: %w", name, err)
		}
		room -= n
	}
	return max(0, room), nil
}

// Send sends the tasks in batches. After an error of one batch it still sends
// the others.
func (q *Queue) Send(ctx context.Context, tasks []schedule.Task) (refused []schedule.Task, err error) {
	var all sync.WaitGroup
	var mu sync.Mutex
	turns := make(chan struct{}, sendParallel)
	for batch := range slices.Chunk(tasks, sendBatch) {
		turns <- struct{}{}
		all.Go(func() {
			defer func() { <-turns }()
			back, failed := q.sendBatch(ctx, batch)
			mu.Lock()
			defer mu.Unlock()
			refused, err = append(refused, back...), errors.Join(err, failed)
		})
	}
	all.Wait()
	return refused, err
}

func (q *Queue) sendBatch(ctx context.Context, batch []schedule.Task) (refused []schedule.Task, err error) {
	entries := make([]types.SendMessageBatchRequestEntry, len(batch))
	for i, t := range batch {
		body, err := json.Marshal(t)
		if err != nil {
			return nil, err
		}
		id, text, group := strconv.Itoa(i), string(body), hostGroup(t.Host)
		entries[i] = types.SendMessageBatchRequestEntry{Id: &id, MessageBody: &text, MessageGroupId: &group}
	}
	out, err := q.client.SendMessageBatch(ctx, &sqs.SendMessageBatchInput{QueueUrl: &q.url, Entries: entries})
	if err != nil {
		return nil, err
	}
	for _, f := range out.Failed {
		i, err := strconv.Atoi(*f.Id)
		if err != nil || i < 0 || i >= len(batch) {
			return nil, fmt.Errorf("SQS refused an entry %q that was not sent", *f.Id)
		}
		refused = append(refused, batch[i])
	}
	return refused, nil
}

// hostGroup is the message group of a wallet host. SQS gives the groups of a
// standard queue turns, so that the tasks of one host do not delay the others.
func hostGroup(host string) string {
	h := fnv.New64a()
	_, _ = h.Write([]byte(host))
	return strconv.FormatUint(h.Sum64(), 36)
}
