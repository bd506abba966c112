package cli

import (
	"context"
	"io"
)

// UntilDone returns a reader of in whose Read returns when ctx is done: a terminal or a
// pipe that sends nothing must not keep a command that is interrupted. A Read that was
// given up goes on in its goroutine until the process ends.
func UntilDone(ctx context.Context, in io.Reader) io.Reader {
	return &interruptible{ctx, in}
}

type interruptible struct {
	ctx context.Context
	in  io.Reader
}

func (r *interruptible) Read(p []byte) (int, error) {
	type result struct {
		n   int
		err error
	}
	buffer := make([]byte, len(p)) // p is the caller's after Read has returned
	done := make(chan result, 1)
	go func() {
		n, err := r.in.Read(buffer)
		done <- result{n, err}
	}()
	select {
	case got := <-done:
		return copy(p, buffer[:got.n]), got.err
	case <-r.ctx.Done():
		return 0, context.Cause(r.ctx)
	}
}
