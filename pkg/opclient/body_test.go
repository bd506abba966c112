package opclient

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"io"
	"net/http"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
)

// bottomless is a transport whose body has no end, and is read as fast as possible.
type bottomless struct{ read *atomic.Int64 }

func (e bottomless) RoundTrip(*http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: 200, Header: http.Header{}, Body: e}, nil
}

func (e bottomless) Read(p []byte) (int, error) {
	if e.read.Add(int64(len(p))) > 100<<20 {
		return 0, io.EOF
	}
	return len(p), nil
}

func (bottomless) Close() error { return nil }

func TestNoMoreThanTheLimitIsReadIntoMemory(t *testing.T) {
	e := bottomless{&atomic.Int64{}}
	client := newClient(t, func(c *Config) { c.HTTP = &http.Client{Transport: e} })
	wantClasses(t, calls["continue"](client, "http://wallet.example/"), ErrOutcomeUnknown, ErrInvalidAnswer)
	if n := e.read.Load(); n > 2*maxAnswer {
		t.Errorf("%d bytes were read, want at most %d", n, maxAnswer+1)
	}
}

func compressed(t *testing.T, coding, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	var w io.WriteCloser
	switch coding {
	case "gzip", "x-gzip":
		w = gzip.NewWriter(&b)
	case "deflate":
		w = zlib.NewWriter(&b)
	case "raw deflate":
		w, _ = flate.NewWriter(&b, 9)
	}
	_, _ = io.WriteString(w, text)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestABodyMayBeAsLargeAsTheLimit(t *testing.T) {
	const limit = 1000
	whole := strings.Repeat("x", limit)
	for name, body := range map[string]string{"as it is": whole, "compressed": string(compressed(t, "gzip", whole))} {
		response := &http.Response{Body: io.NopCloser(strings.NewReader(body))}
		if got, err := readBody(t.Context(), response, limit); err != nil || string(got) != whole {
			t.Errorf("%s: got %d bytes, %v", name, len(got), err)
		}
	}
}

func TestNoMoreThanTheLimitIsDecompressedIntoMemory(t *testing.T) {
	bomb := compressed(t, "gzip", strings.Repeat(" ", 30<<20))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := decompress(bomb, []string{"gzip"}, maxAnswer)
	runtime.ReadMemStats(&after)
	if err == nil || len(bomb) > maxAnswer {
		t.Fatalf("a bomb of %d bytes: %v", len(bomb), err)
	}
	if n := after.TotalAlloc - before.TotalAlloc; n > 10<<20 {
		t.Errorf("%d bytes were allocated", n)
	}
}

func TestCompressedAnswersAreReadUnderTheSameSizeLimit(t *testing.T) {
	good := document("/me")
	bomb := `{"id":"` + strings.Repeat("x", 10<<20) + `"}`
	at := func(coding string) func(string) []byte {
		return func(text string) []byte { return compressed(t, coding, text) }
	}
	plain := func(text string) []byte { return []byte(text) }
	for name, c := range map[string]struct {
		encoding string
		pack     func(string) []byte
		text     string
		why      string // "": read
	}{
		"gzip":                  {"gzip", at("gzip"), good, ""},
		"x-gzip in capitals":    {"X-GZIP", at("gzip"), good, ""},
		"gzip that is not told": {"", at("gzip"), good, ""},
		"told and not done":     {"gzip", plain, good, ""},
		"told and not done, 2":  {"deflate", plain, " \xef\xbb\xbf" + good, "cannot be decompressed"},
		"deflate":               {"deflate", at("deflate"), good, ""},
		"raw deflate":           {"deflate", at("raw deflate"), good, ""},
		"identity":              {"identity", plain, good, ""},
		"gzip twice":            {"gzip, gzip", func(s string) []byte { return compressed(t, "gzip", string(compressed(t, "gzip", s))) }, good, ""},
		"gzip and identity":     {"gzip, identity", at("gzip"), good, ""},
		"gzip of nothing":       {"gzip", plain, "", "the answer is empty"},
		"gzip that is a letter": {"gzip", plain, "x", "cannot be decompressed"},
		"gzip with a mark":      {"gzip", at("gzip"), "\xef\xbb\xbf" + good, ""},
		"brotli":                {"br", plain, "\x0b\x02\x80{}\x03", "brotli (br)"},
		"zstd":                  {"zstd", plain, "\x28\xb5\x2f\xfd", `Content-Encoding "zstd"`},
		"three times":           {"gzip,gzip,gzip", at("gzip"), good, "more than twice"},
		"a broken gzip":         {"gzip", func(s string) []byte { return compressed(t, "gzip", s)[:60] }, good, "cannot be decompressed"},
		"a gzip bomb":           {"gzip", at("gzip"), bomb, "larger than 128 KiB"},
		"a deflate bomb":        {"deflate", at("raw deflate"), bomb, "larger than 128 KiB"},
	} {
		t.Run(name, func(t *testing.T) {
			var packed []byte
			s := newServer(t, func(w http.ResponseWriter, _ *http.Request) {
				if c.encoding != "" {
					w.Header().Set("Content-Encoding", c.encoding)
				}
				w.Header().Set("Content-Type", "application/json")
				_, _ = w.Write(packed)
			})
			packed = c.pack(strings.ReplaceAll(c.text, "SERVER", s.URL)) // before the time limit of the request begins
			got, err := read(t, newClient(t), s.URL+"/me")
			switch {
			case s.requests()[0].Header.Get("Accept-Encoding") != "":
				t.Error("the client asked for it")
			case c.why == "" && (err != nil || got.ID != s.URL+"/me"):
				t.Errorf("got %+v, %v", got, err)
			case c.why != "" && (!errors.Is(err, ErrInvalidAnswer) || !strings.Contains(err.Error(), c.why)):
				t.Errorf("got %v, want %q", err, c.why)
			}
		})
	}
}

func TestACompressedRefusalIsUnderstood(t *testing.T) {
	s := newServer(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		w.WriteHeader(400)
		_, _ = w.Write(compressed(t, "gzip", `{"error":{"code":"too_fast"}}`))
	})
	if err := calls["continue"](newClient(t), s.URL); !HasCode(err, CodeTooFast) {
		t.Errorf("got %v", err)
	}
}
