//go:build tools

package dynamodb

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/store"
	"github.com/opgrants/opgrants/test/dynamodbtest"
	"github.com/opgrants/opgrants/test/peers"
	"github.com/opgrants/opgrants/test/storetest"
)

func TestOnAmazonsEngine(t *testing.T) {
	endpoint := peers.DynamoDB(t)
	direct := client(endpoint, http.DefaultTransport)
	dynamodbtest.CreateTable(t, direct, "grants")
	t.Run("the suite of all stores", func(t *testing.T) {
		storetest.Run(t, func(*testing.T) storetest.Subject { return subject(direct) })
	})
	t.Run("many recurring grants cost a bounded number of reads and writes", func(t *testing.T) {
		dynamodbtest.CreateTable(t, direct, "many")
		storetest.Many(t, New(direct, "many"), func(t *testing.T, items []*grant.Item) { seed(t, direct, items) })
	})
	t.Run("a write whose answer was lost", func(t *testing.T) { lostAnswers(t, endpoint) })
}

func subject(c *dynamodb.Client) storetest.Subject {
	table := aws.String("grants")
	return storetest.Subject{
		Store: New(c, "grants"),
		Notes: Of(c, "grants", storetest.Notes), Payments: Of(c, "grants", store.Payments),
		Lag: 10 * time.Second,
		SetAttribute: func(t *testing.T, id, name, value string) {
			_, err := c.UpdateItem(storetest.Deadline(t), &dynamodb.UpdateItemInput{
				TableName: table, Key: keyOf(id), UpdateExpression: aws.String("SET #n = :v"),
				ExpressionAttributeNames:  map[string]string{"#n": name},
				ExpressionAttributeValues: map[string]types.AttributeValue{":v": &types.AttributeValueMemberS{Value: value}},
			})
			if err != nil {
				t.Fatal(err)
			}
		},
		Attributes: func(t *testing.T, id string) map[string]string {
			out, err := c.GetItem(storetest.Deadline(t), &dynamodb.GetItemInput{TableName: table, Key: keyOf(id), ConsistentRead: aws.Bool(true)})
			if err != nil {
				t.Fatal(err)
			}
			attributes := map[string]string{}
			for name, v := range out.Item {
				attributes[name] = ""
				if s, ok := v.(*types.AttributeValueMemberS); ok {
					attributes[name] = s.Value
				}
			}
			return attributes
		},
	}
}

// seed writes items in batches, as many at once as DynamoDB takes.
func seed(t *testing.T, c *dynamodb.Client, items []*grant.Item) {
	batches := slices.Collect(slices.Chunk(items, 25))
	var all sync.WaitGroup
	for part := range slices.Chunk(batches, len(batches)/4) {
		all.Go(func() {
			for _, batch := range part {
				var puts []types.WriteRequest
				for _, it := range batch {
					stored, err := grants().encode(it, it.ID, 1)
					if err != nil {
						t.Error(err)
					}
					puts = append(puts, types.WriteRequest{PutRequest: &types.PutRequest{Item: stored}})
				}
				out, err := c.BatchWriteItem(storetest.Deadline(t), &dynamodb.BatchWriteItemInput{RequestItems: map[string][]types.WriteRequest{"many": puts}})
				if err != nil || len(out.UnprocessedItems) > 0 {
					t.Errorf("%d not written: %v", len(out.UnprocessedItems), err)
					return
				}
			}
		})
	}
	all.Wait()
}

// lostAnswers: the SDK repeats the write, whose condition then fails on the
// item that the first one left.
func lostAnswers(t *testing.T, endpoint string) {
	transport := &losing{}
	s := New(client(endpoint, transport), "grants")
	it := ordinary()
	it.Version = 0
	for version := int64(1); version <= 3; version++ {
		transport.lose.Store(true)
		write := s.Update
		if version == 1 {
			write = s.Create
		}
		if err := write(storetest.Deadline(t), &it); err != nil {
			t.Fatalf("version %d: %v", version, err)
		}
		if transport.lose.Load() {
			t.Fatal("no answer was lost")
		}
		stored, err := s.Get(storetest.Deadline(t), it.ID)
		if err != nil || stored.Version != version || it.Version != version {
			t.Fatalf("it is version %d here and %v in the store, want %d (%v)", it.Version, stored, version, err)
		}
	}

	// Somebody else's write is not taken for ours.
	older := it
	older.Version = 1
	transport.lose.Store(true)
	if err := s.Update(storetest.Deadline(t), &older); !errors.Is(err, grant.ErrConflict) {
		t.Errorf("got %v, want %v", err, grant.ErrConflict)
	}
	again := ordinary()
	transport.lose.Store(true)
	if err := s.Create(storetest.Deadline(t), &again); !errors.Is(err, grant.ErrExists) {
		t.Errorf("got %v, want %v", err, grant.ErrExists)
	}
}

// losing sends a request and, when told to, loses its answer once.
type losing struct{ lose atomic.Bool }

func (l *losing) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil || !l.lose.CompareAndSwap(true, false) {
		return resp, err
	}
	_, _ = io.Copy(io.Discard, resp.Body)
	_ = resp.Body.Close()
	return nil, fmt.Errorf("%w: connection reset by the test", io.ErrUnexpectedEOF)
}
