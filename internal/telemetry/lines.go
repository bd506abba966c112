package telemetry

import (
	"io"
	"sync"
)

// Lines returns a writer to w that several writers may use at once, if each
// writes whole lines.
func Lines(w io.Writer) io.Writer { return &lines{w: w} }

type lines struct {
	mu sync.Mutex
	w  io.Writer
}

func (l *lines) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(line)
}
