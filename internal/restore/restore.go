package restore

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/opgrants/opgrants/internal/store"
)

// A Restore copies items from one table to another.
type Restore struct {
	DynamoDB *dynamodb.Client
	From, To string // tables
	// Segments is how many parts of From are read side by side, and Writers how many
	// items of each part are written side by side.
	Segments, Writers int
	// Checkpoint is a file that has how far each part came, so that a run which was
	// interrupted goes on there. "": none.
	Checkpoint string
	Now        func() time.Time // nil: time.Now
	Report     func(Counts)     // called after each page, by one goroutine at a time; nil: not
}

// Counts are the items of From, by what became of them.
type Counts struct {
	Written int // they were missing
	There   int // they were not changed
	Expired int // their time to live is over: not written
	Sought  int // of Written: payments that may have been sent after the copy's time
}

// Run copies what is missing. It can be run again at any time, and goes on after an
// error where it stopped.
func (r *Restore) Run(ctx context.Context) (Counts, error) {
	if r.From == r.To {
		return Counts{}, errors.New("both tables are the same")
	}
	if err := r.restoreIDKey(ctx); err != nil {
		return Counts{}, err
	}
	p, err := r.loadProgress()
	if err != nil {
		return Counts{}, err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var all sync.WaitGroup
	for segment := range p.Segments {
		all.Go(func() {
			if err := r.copySegment(ctx, segment, p); err != nil {
				cancel(err) // the first one counts
			}
		})
	}
	all.Wait()
	if ctx.Err() != nil {
		return p.Counts, fmt.Errorf("it stopped, and goes on there when it is run again: %w", context.Cause(ctx))
	}
	return p.Counts, p.remove()
}

// copySegment copies the pages of one part that are left.
func (r *Restore) copySegment(ctx context.Context, segment int, p *progress) error {
	for {
		start, done := p.position(segment)
		if done {
			return nil
		}
		page, err := r.DynamoDB.Scan(ctx, &dynamodb.ScanInput{
			TableName: &r.From, ExclusiveStartKey: start, Limit: aws.Int32(500), ConsistentRead: aws.Bool(true),
			Segment: aws.Int32(int32(segment)), TotalSegments: aws.Int32(int32(p.Segments)), //nolint:gosec // they are small
		})
		if err != nil {
			return fmt.Errorf("read %s: %w", r.From, err)
		}
		counts, err := r.copyItems(ctx, page.Items)
		if err != nil {
			return err
		}
		if err := p.advance(segment, page.LastEvaluatedKey, counts, r.Report); err != nil {
			return err
		}
	}
}

// copyItems writes the items of a page side by side.
func (r *Restore) copyItems(ctx context.Context, items []attributes) (Counts, error) {
	var (
		all    sync.WaitGroup
		mu     sync.Mutex
		counts Counts
		failed error
		next   = make(chan attributes)
	)
	for range r.Writers {
		all.Go(func() {
			for item := range next {
				c, err := r.copyItem(ctx, item)
				mu.Lock()
				counts.add(c)
				failed = errors.Join(failed, err)
				mu.Unlock()
			}
		})
	}
	for _, item := range items {
		mu.Lock()
		stop := failed != nil
		mu.Unlock()
		if stop {
			break
		}
		next <- item
	}
	close(next)
	all.Wait()
	return counts, failed
}

// copyItem writes one item if it is missing.
func (r *Restore) copyItem(ctx context.Context, item attributes) (Counts, error) {
	if r.isExpired(item) {
		return Counts{Expired: 1}, nil
	}
	sought := seek(item)
	there, err := r.put(ctx, item)
	switch {
	case err != nil:
		return Counts{}, err
	case there:
		return Counts{There: 1}, nil
	case sought:
		return Counts{Written: 1, Sought: 1}, nil
	}
	return Counts{Written: 1}, nil
}

// put writes the item if there is none with its id; there reports that there is one.
func (r *Restore) put(ctx context.Context, item attributes) (there bool, err error) {
	_, err = r.DynamoDB.PutItem(ctx, &dynamodb.PutItemInput{
		TableName: &r.To, Item: item,
		ConditionExpression:      aws.String("attribute_not_exists(#id)"),
		ExpressionAttributeNames: map[string]string{"#id": store.ID},
	})
	var failed *types.ConditionalCheckFailedException
	if errors.As(err, &failed) {
		return true, nil
	}
	if err != nil {
		return false, fmt.Errorf("write to %s: %w", r.To, err)
	}
	return false, nil
}

// isExpired reports whether DynamoDB would delete the item: it may have done so in To.
func (r *Restore) isExpired(item attributes) bool {
	ttl, ok := item[store.TTL].(*types.AttributeValueMemberN)
	if !ok {
		return false
	}
	seconds, err := strconv.ParseInt(ttl.Value, 10, 64)
	return err == nil && seconds > 0 && seconds < r.now().Unix()
}

func (r *Restore) now() time.Time {
	if r.Now != nil {
		return r.Now()
	}
	return time.Now()
}

func (c *Counts) add(o Counts) {
	c.Written += o.Written
	c.There += o.There
	c.Expired += o.Expired
	c.Sought += o.Sought
}
