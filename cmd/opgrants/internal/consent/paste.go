package consent

import (
	"bufio"
	"context"
	"io"
	"strings"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
)

// maxURL is the length of the longest line that is read, in bytes.
const maxURL = 64 << 10

// paste reads the URL at which the browser ended from in: a line with the URL or its
// query, of which it returns what read takes.
func paste(ctx context.Context, in io.Reader, read func(rawQuery string) (string, error)) (value string, err error) {
	line, err := readLine(ctx, in)
	if err != nil {
		return "", err
	}
	raw := line
	if _, after, found := strings.Cut(line, "?"); found {
		raw = after
	}
	raw, _, _ = strings.Cut(raw, "#")
	return read(raw)
}

// readLine reads the first line that is not empty. It returns when ctx is done; its
// goroutine then goes on reading until the process ends.
func readLine(ctx context.Context, in io.Reader) (string, error) {
	lines := make(chan string)
	go func() {
		defer close(lines)
		scanner := bufio.NewScanner(in)
		scanner.Buffer(nil, maxURL)
		for scanner.Scan() {
			if line := strings.TrimSpace(scanner.Text()); line != "" {
				select {
				case lines <- line:
				case <-ctx.Done():
				}
				return
			}
		}
	}()
	select {
	case line, ok := <-lines:
		if !ok {
			return "", exit.TimedOut.With("The input ended before a URL came.")
		}
		return line, nil
	case <-ctx.Done():
		return "", context.Cause(ctx)
	}
}
