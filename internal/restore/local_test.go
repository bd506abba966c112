//go:build tools

package restore

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/payment"
	"github.com/opgrants/opgrants/internal/store"
	dynamostore "github.com/opgrants/opgrants/internal/store/dynamodb"
	"github.com/opgrants/opgrants/test/dynamodbtest"
	"github.com/opgrants/opgrants/test/peers"
)

// client is a client of a fresh DynamoDB Local, with the tables copy and grants.
func client(t *testing.T) *dynamodb.Client {
	t.Helper()
	c := dynamodb.New(dynamodb.Options{
		Region: "eu-west-1", BaseEndpoint: aws.String(peers.DynamoDB(t)),
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "test", SecretAccessKey: "test"}, nil
		}),
	})
	dynamodbtest.CreateTable(t, c, "copy")
	dynamodbtest.CreateTable(t, c, "grants")
	return c
}

func text(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }

func number(n int64) types.AttributeValue {
	return &types.AttributeValueMemberN{Value: strconv.FormatInt(n, 10)}
}

// fill writes n items, of which each has the ttl and the content that of says.
func fill(t *testing.T, c *dynamodb.Client, table string, n int, of func(i int) attributes) {
	t.Helper()
	var all sync.WaitGroup
	batches := make(chan []types.WriteRequest)
	for range 8 {
		all.Go(func() {
			for batch := range batches {
				for requests := map[string][]types.WriteRequest{table: batch}; len(requests) > 0; {
					out, err := c.BatchWriteItem(t.Context(), &dynamodb.BatchWriteItemInput{RequestItems: requests})
					if err != nil {
						t.Error(err)
						break
					}
					requests = out.UnprocessedItems
				}
			}
		})
	}
	var batch []types.WriteRequest
	for i := range n {
		if item := of(i); item != nil {
			batch = append(batch, types.WriteRequest{PutRequest: &types.PutRequest{Item: item}})
		}
		if len(batch) == 25 || i == n-1 && len(batch) > 0 {
			batches <- batch
			batch = nil
		}
	}
	close(batches)
	all.Wait()
}

// read returns the member "from" of each item of a table, by id.
func read(t *testing.T, c *dynamodb.Client, table string) map[string]string {
	t.Helper()
	all := map[string]string{}
	pages := dynamodb.NewScanPaginator(c, &dynamodb.ScanInput{TableName: &table, ConsistentRead: aws.Bool(true)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, item := range page.Items {
			from, _ := item["from"].(*types.AttributeValueMemberS)
			all[item["id"].(*types.AttributeValueMemberS).Value] = from.Value
		}
	}
	return all
}

// RESTORE_ITEMS is how many items the test restores.
func TestWhatIsMissingIsWrittenBackAndNothingElse(t *testing.T) {
	n, err := strconv.Atoi(os.Getenv("RESTORE_ITEMS"))
	if err != nil {
		n = 3000
	}
	c := client(t)
	now := time.Now()
	id := func(i int) types.AttributeValue { return text(fmt.Sprintf("grant-%07d", i)) }
	fill(t, c, "copy", n, func(i int) attributes {
		item := attributes{"id": id(i), "from": text("copy"), "v": number(1), "sh": text("1"), "du": number(int64(i + 1))}
		if i%10 == 1 {
			item["ttl"] = number(now.Add(-time.Hour).Unix())
		} else if i%10 == 2 {
			item["ttl"] = number(now.Add(time.Hour).Unix())
		}
		return item
	})
	fill(t, c, "grants", n, func(i int) attributes {
		if i%10 != 0 {
			return nil
		}
		return attributes{"id": id(i), "from": text("grants"), "v": number(7)}
	})

	// It is interrupted after a third, and goes on.
	r := &Restore{DynamoDB: c, From: "copy", To: "grants", Segments: 4, Writers: 4, Checkpoint: filepath.Join(t.TempDir(), "progress.json")}
	ctx, cancel := context.WithCancel(t.Context())
	r.Report = func(c Counts) {
		if c.Written > n/3 {
			cancel()
		}
	}
	first, err := r.Run(ctx)
	if !errors.Is(err, context.Canceled) || first.Written == 0 || first.Written > n*7/10 {
		t.Fatalf("interrupted, it says %+v, %v", first, err)
	}
	r.Report = nil
	began := time.Now()
	counts, err := r.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d items, the rest of them in %s: %+v", n, time.Since(began).Round(time.Millisecond), counts)
	// Pages that were begun and not recorded are there when it goes on.
	if counts.Expired != n/10 || counts.Written+counts.There != n-n/10 || counts.There < n/10 || counts.Written < first.Written {
		t.Errorf("counted %+v", counts)
	}
	got := read(t, c, "grants")
	for i := range n {
		want := map[int]string{0: "grants", 1: ""}
		expected, special := want[i%10]
		if !special {
			expected = "copy"
		}
		if key := fmt.Sprintf("grant-%07d", i); got[key] != expected {
			t.Fatalf("%s is of %q, want %q", key, got[key], expected)
		}
	}
	if _, err := os.Stat(r.Checkpoint); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the checkpoint is left: %v", err)
	}
	if again, err := r.Run(t.Context()); err != nil || again.Written != 0 || again.There != n-n/10 {
		t.Errorf("once more, it says %+v, %v", again, err)
	}
}

func TestAPaymentThatMayHaveBeenSentSinceIsNeverSentAgain(t *testing.T) {
	c := client(t)
	limited, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	from, to := dynamostore.Of(c, "copy", store.Payments), dynamostore.Of(c, "grants", store.Payments)
	at := grant.At(time.Now())
	for name, it := range map[string]payment.Item{
		"ready":     {Status: payment.Processing, Quote: &grant.Quote{ID: "https://wallet.example/quotes/1", Expires: at}, Shard: "1", Due: at},
		"pending":   {Status: payment.Pending},
		"completed": {Status: payment.Completed},
	} {
		it.ID, it.Created = name, at
		if err := from.Create(limited, &it); err != nil {
			t.Fatal(err)
		}
	}
	// A grant that is being finished has the same status, and is no payment.
	if err := dynamostore.New(c, "copy").Create(limited, &grant.Item{ID: "finishing", Status: grant.Processing, Created: at}); err != nil {
		t.Fatal(err)
	}
	counts, err := (&Restore{DynamoDB: c, From: "copy", To: "grants", Segments: 1, Writers: 1}).Run(limited)
	if err != nil || counts != (Counts{Written: 4, Sought: 1}) {
		t.Errorf("got %+v, %v", counts, err)
	}
	for name, sought := range map[string]bool{"ready": true, "pending": false, "completed": false} {
		it, err := to.Get(limited, name)
		if err != nil || it.Sought != sought {
			t.Fatalf("%s: %+v, %v", name, it, err)
		}
		if name == "ready" && (it.Quote == nil || it.Due != at || it.Shard == "") {
			t.Errorf("it cannot be looked for: %+v", it)
		}
	}
	if it, err := dynamostore.New(c, "grants").Get(limited, "finishing"); err != nil || it.Status != grant.Processing {
		t.Errorf("the grant: %+v, %v", it, err)
	}
}

func TestTheKeyOfAllIDsIsRestoredFirstOrNothingIs(t *testing.T) {
	c := client(t)
	limited, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	id := func(table string) string {
		t.Helper()
		s := &grant.Service{Store: dynamostore.New(c, table)}
		id, err := s.PaymentID(limited, "shop", "order-7") // which makes the key if there is none
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	before := id("copy")
	fill(t, c, "copy", 10, func(i int) attributes { return attributes{"id": text(fmt.Sprint(i)), "from": text("copy")} })
	id("grants") // the functions have started with the empty table
	r := &Restore{DynamoDB: c, From: "copy", To: "grants", Segments: 2, Writers: 2}
	if counts, err := r.Run(limited); !errors.Is(err, ErrOtherIDKey) || counts.Written != 0 {
		t.Errorf("got %+v, %v", counts, err)
	}
	if _, err := c.DeleteItem(limited, &dynamodb.DeleteItemInput{TableName: aws.String("grants"), Key: attributes{"id": text(idKeyItem)}}); err != nil {
		t.Fatal(err)
	}
	if counts, err := r.Run(limited); err != nil || counts.Written != 10 || counts.There != 1 {
		t.Errorf("with the key removed: %+v, %v", counts, err)
	}
	if id("grants") != before {
		t.Error("a repeated Idempotency-Key gets another id")
	}
	if counts, err := r.Run(limited); err != nil || counts.Written != 0 {
		t.Errorf("once more: %+v, %v", counts, err)
	}
}
