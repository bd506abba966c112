package control

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"
)

// maxRequests is how many requests a [Journal] keeps. It drops the oldest first.
const maxRequests = 1000

// A Request is one request to the sandbox, or one fault of it.
type Request struct {
	Time        time.Time `json:"time"`
	Operation   string    `json:"operation"`
	Method      string    `json:"method,omitempty"`
	Result      string    `json:"result"`                // answered, refused, hostile or planned fault
	Status      int64     `json:"status,omitempty"`      // of a refusal
	Code        string    `json:"code,omitempty"`        // of a refusal
	Description string    `json:"description,omitempty"` // of a refusal, as the client sees it
	Reason      string    `json:"reason,omitempty"`      // of a refusal; the client does not see it
	Fault       string    `json:"fault,omitempty"`
}

// A Journal keeps the requests that the sandbox logs, and passes them on to another
// handler. Make one with [NewJournal].
type Journal struct {
	slog.Handler
	mu       sync.Mutex
	requests []Request
}

// NewJournal returns a journal that passes on to next.
func NewJournal(next slog.Handler) *Journal { return &Journal{Handler: next} }

// Enabled reports true: every record is kept.
func (j *Journal) Enabled(context.Context, slog.Level) bool { return true }

// Handle keeps a record.
func (j *Journal) Handle(ctx context.Context, record slog.Record) error {
	q := Request{Time: record.Time, Result: record.Message}
	record.Attrs(func(a slog.Attr) bool {
		q.set(a)
		return true
	})
	j.mu.Lock()
	if j.requests = append(j.requests, q); len(j.requests) > maxRequests {
		j.requests = slices.Delete(j.requests, 0, 1)
	}
	j.mu.Unlock()
	if !j.Handler.Enabled(ctx, record.Level) {
		return nil
	}
	return j.Handler.Handle(ctx, record)
}

func (q *Request) set(a slog.Attr) {
	texts := map[string]*string{"op": &q.Operation, "method": &q.Method, "code": &q.Code, "description": &q.Description, "reason": &q.Reason, "fault": &q.Fault}
	if text := texts[a.Key]; text != nil {
		*text = a.Value.String()
	}
	if a.Key == "status" {
		q.Status = a.Value.Int64()
	}
}

// Requests returns what was kept, oldest first.
func (j *Journal) Requests() []Request {
	j.mu.Lock()
	defer j.mu.Unlock()
	return list(slices.Clone(j.requests))
}

// clear drops what was kept.
func (j *Journal) clear() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.requests = nil
}
