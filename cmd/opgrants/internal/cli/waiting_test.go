package cli_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/cli"
)

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// A slow body reads nothing for a while.
type slowBody struct{ pause time.Duration }

func (b slowBody) Read([]byte) (int, error) { time.Sleep(b.pause); return 0, io.EOF }
func (slowBody) Close() error               { return nil }

func TestAWaitOfMoreThanASecondIsShown(t *testing.T) {
	for name, c := range map[string]struct {
		answer, body time.Duration
		err          error
		want         string
	}{
		"a quick answer":     {answer: 900 * time.Millisecond},
		"a slow answer":      {answer: 1100 * time.Millisecond, want: "Waiting for wallet.example …\n"},
		"a slow body":        {answer: 500 * time.Millisecond, body: 600 * time.Millisecond, want: "Waiting for wallet.example …\n"},
		"a quick failure":    {answer: 100 * time.Millisecond, err: errors.New("refused")},
		"a slow failure":     {answer: 10 * time.Second, err: errors.New("refused"), want: "Waiting for wallet.example …\n"},
		"quick in its parts": {answer: 400 * time.Millisecond, body: 400 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var shown bytes.Buffer
				transport := &cli.WaitingTransport{Term: &cli.Terminal{Err: &shown}, Base: roundTripper(func(*http.Request) (*http.Response, error) {
					time.Sleep(c.answer)
					return &http.Response{Body: slowBody{c.body}}, c.err
				})}
				r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://wallet.example/alice", strings.NewReader(""))
				if err != nil {
					t.Fatal(err)
				}
				answer, err := transport.RoundTrip(r)
				if !errors.Is(err, c.err) {
					t.Fatal(err)
				}
				if err == nil {
					_, _ = io.ReadAll(answer.Body)
					_ = answer.Body.Close()
				}
				time.Sleep(5 * time.Second) // nothing more comes
				if shown.String() != c.want {
					t.Errorf("shown is %q, want %q", shown.String(), c.want)
				}
			})
		})
	}
}
