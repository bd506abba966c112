package restore

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/opgrants/opgrants/internal/store"
)

// A progress is how far a restore came: what its checkpoint file has.
type progress struct {
	From, To string
	Segments int
	Parts    []part
	Counts   Counts

	mu   sync.Mutex
	path string // "": it is not saved
}

// A part is how far the copy of a segment came.
type part struct {
	Last string // the key of the last item that was copied; "": none was
	Done bool
}

// loadProgress reads the checkpoint, or starts at the beginning if there is none.
func (r *Restore) loadProgress() (*progress, error) {
	p := &progress{From: r.From, To: r.To, Segments: r.Segments, Parts: make([]part, r.Segments), path: r.Checkpoint}
	if r.Checkpoint == "" {
		return p, nil
	}
	text, err := os.ReadFile(r.Checkpoint)
	if errors.Is(err, fs.ErrNotExist) {
		return p, nil
	}
	if err != nil {
		return nil, err
	}
	saved := &progress{path: r.Checkpoint}
	if err := json.Unmarshal(text, saved); err != nil || saved.Segments < 1 || len(saved.Parts) != saved.Segments {
		return nil, fmt.Errorf("%s is not the checkpoint of a restore; name another file, or remove it to start at the beginning", r.Checkpoint)
	}
	if saved.From != r.From || saved.To != r.To {
		return nil, fmt.Errorf("%s is the checkpoint of a restore from %s to %s; name another file", r.Checkpoint, saved.From, saved.To)
	}
	return saved, nil
}

// position returns the key after which the copy of a segment goes on.
func (p *progress) position(segment int) (after attributes, done bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	at := p.Parts[segment]
	if at.Last != "" {
		after = attributes{store.ID: &types.AttributeValueMemberS{Value: at.Last}}
	}
	return after, at.Done
}

// advance records a page that was copied, of which last is nil at the end of the
// segment.
func (p *progress) advance(segment int, last attributes, counts Counts, report func(Counts)) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	at := part{Done: true}
	if key, ok := last[store.ID].(*types.AttributeValueMemberS); ok {
		at = part{Last: key.Value}
	}
	p.Parts[segment] = at
	p.Counts.add(counts)
	if report != nil {
		report(p.Counts)
	}
	return p.save()
}

// save replaces the checkpoint as a whole, so that a crash leaves the old one.
func (p *progress) save() error {
	if p.path == "" {
		return nil
	}
	text, err := json.Marshal(p)
	if err != nil {
		return err
	}
	next := p.path + ".new"
	if err := os.WriteFile(next, text, 0o600); err != nil {
		return err
	}
	return os.Rename(next, p.path)
}

// remove deletes the checkpoint of a restore that is done.
func (p *progress) remove() error {
	if p.path == "" {
		return nil
	}
	return os.Remove(p.path)
}
