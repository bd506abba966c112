package schedule

import (
	"context"
	"time"
)

// A Task is one item that a planner has handed out.
type Task struct {
	ID   string `json:"id"`
	Host string `json:"host"` // of the wallet that must be asked

	// Due is the due time that the planner gave the item when it handed the item
	// out, in Unix milliseconds. An item with another due time was handed out
	// again, or done, since: this task is then void.
	Due int64 `json:"due"`

	// Late is how long the item had been due when it was handed out.
	Late time.Duration `json:"late,omitempty"`

	// Probe is set on the one task that asks a host whose breaker is open.
	Probe bool `json:"probe,omitempty"`
}

// A Queue takes tasks to the workers. A task may arrive late, twice, or never:
// the item of a lost one is due again.
type Queue interface {
	// Room is how many tasks more the queue takes now. A planner hands out no
	// more than that, so that tasks do not wait until they are void.
	Room(ctx context.Context) (int, error)

	// Send puts tasks on the queue and returns those that it did not take. After an
	// error it is not known which it took.
	Send(ctx context.Context, tasks []Task) (refused []Task, err error)
}

// A Result is what became of a task.
type Result int

// The results of a task.
const (
	Done        Result = iota // the host was asked, and it is done
	Void                      // there was nothing to do: it was done before, or it was handed out again
	ItemFailed                // the host answered, but this item could not be done; it is due again later, or given up
	HostFailed                // the host did not answer, or said that it cannot answer now; the item is due again
	StoreFailed               // our store could not be asked: the queue must deliver the task again
)

// A Doer does what is due on one item.
type Doer interface {
	// Do does a task and reports what became of it. With HostFailed, retryAfter is
	// how long the host asked us to wait, or 0.
	Do(ctx context.Context, t Task) (result Result, retryAfter time.Duration)
}
