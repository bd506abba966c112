package inputs_test

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/opgrants/opgrants/pkg/sandbox"
	"github.com/opgrants/opgrants/test/inputs"
)

func TestRetryAfterReachesTheApp(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	now := time.Date(2026, 11, 28, 10, 0, 0, 0, time.UTC)
	in := func(d time.Duration) string { return now.Add(d).Format(http.TimeFormat) }
	var tried []inputs.Row
	for _, c := range []struct {
		name   string
		values []string
		want   string
	}{
		{"`37`", []string{"37"}, "37"},
		{"` 37 `, with spaces", []string{" 37 "}, "37"},
		{"`0037`", []string{"0037"}, "37"},
		{"`36.2`, with decimals", []string{"36.2"}, "37"},
		{"`37s`, with a unit", []string{"37s"}, "37"},
		{"`37 seconds`", []string{"37 seconds"}, "37"},
		{"`\"37\"`, in quotes", []string{`"37"`}, "37"},
		{"`5, 37`, of two proxies", []string{"5, 37"}, "37"},
		{"The header twice, `5` and `37`", []string{"5", "37"}, "37"},
		{"The header twice, the first unreadable", []string{"soon", "37"}, "37"},
		{"A date in 37 seconds", []string{in(37 * time.Second)}, "37"},
		{"A date in 37 seconds, as RFC 850 has it", []string{now.Add(37 * time.Second).Format("Monday, 02-Jan-06 15:04:05 GMT")}, "37"},
		{"`3600`", []string{"3600"}, "3600"},
		{"`3601`", []string{"3601"}, "3600"},
		{"`99999999999999999999999`", []string{"99999999999999999999999"}, "3600"},
		{"A date in ten years", []string{in(87600 * time.Hour)}, "3600"},
		{"`0`", []string{"0"}, ""},
		{"`-5`", []string{"-5"}, ""},
		{"`soon`", []string{"soon"}, ""},
		{"`1e3`", []string{"1e3"}, ""},
		{"`0x25`", []string{"0x25"}, ""},
		{"`NaN`", []string{"NaN"}, ""},
		{"Nothing", []string{""}, ""},
		{"A date in the past", []string{in(-time.Hour)}, ""},
		{"A date as ISO 8601 has it", []string{"2026-11-28T10:00:37Z"}, ""},
	} {
		for _, op := range []sandbox.Op{sandbox.OpWallet, sandbox.OpGrant} {
			for _, status := range []int{429, 503} {
				p.instead(op, status, http.Header{"Retry-After": c.values, "Date": {in(0)}}, webPage, func() {
					a := p.ask(t)
					if got := a.header.Get("Retry-After"); got != c.want || a.member("code") != "wallet_unreachable" || strings.Contains(a.member("detail"), "refused") {
						t.Errorf("%s, %d with %q: %q, want %q; %s", op, status, c.values, got, c.want, a.body)
					}
				})
			}
		}
		// A rotation and a finish always say when, as the caller is to try again.
		id, token := p.claimed(t)
		p.instead(sandbox.OpRotate, 429, http.Header{"Retry-After": c.values, "Date": {in(0)}}, webPage, func() {
			if a := p.token(t, id, `{"refused":"`+token+`"}`); a.header.Get("Retry-After") != or(c.want, "5") {
				t.Errorf("rotate with %q: %q", c.values, a.header.Get("Retry-After"))
			}
		})
		_, finish := p.pending(t)
		p.instead(sandbox.OpContinue, 429, http.Header{"Retry-After": c.values, "Date": {in(0)}}, webPage, func() {
			if a := send(t, "", "GET", finish, ""); a.header.Get("Retry-After") != or(c.want, "5") {
				t.Errorf("continue with %q: %q", c.values, a.header.Get("Retry-After"))
			}
		})
		result := "none"
		if c.want != "" {
			result = "`" + c.want + "`"
		}
		tried = append(tried, inputs.Row{Input: c.name, Result: result})
	}
	inputs.Check(t, "Retry-After", tried)
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

func compressed(with func(io.Writer) io.WriteCloser) func([]byte) []byte {
	return func(text []byte) []byte {
		var b bytes.Buffer
		w := with(&b)
		_, _ = w.Write(text)
		_ = w.Close()
		return b.Bytes()
	}
}

var (
	gzipped  = compressed(func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) })
	zlibbed  = compressed(func(w io.Writer) io.WriteCloser { return zlib.NewWriter(w) })
	deflated = compressed(func(w io.Writer) io.WriteCloser {
		f, _ := flate.NewWriter(w, 9)
		return f
	})
)

func plain(text []byte) []byte { return text }

func before(prefix string) func([]byte) []byte {
	return func(text []byte) []byte { return append([]byte(prefix), text...) }
}

func after(suffix string) func([]byte) []byte {
	return func(text []byte) []byte { return append(bytes.Clone(text), suffix...) }
}

func TestJSONIsReadHoweverItIsServed(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	const bom = "\xef\xbb\xbf"
	var tried []inputs.Row
	for _, c := range []struct {
		name   string
		header http.Header
		body   func([]byte) []byte
		why    string // it is refused
	}{
		{"As `text/plain`", http.Header{"Content-Type": {"text/plain"}}, plain, ""},
		{"As `text/html`", http.Header{"Content-Type": {"text/html; charset=utf-8"}}, plain, ""},
		{"As `application/octet-stream`", http.Header{"Content-Type": {"application/octet-stream"}}, plain, ""},
		{"As `application/hal+json`", http.Header{"Content-Type": {"application/hal+json"}}, plain, ""},
		{"As `application/json;charset=ISO-8859-1`", http.Header{"Content-Type": {"application/json;charset=ISO-8859-1"}}, plain, ""},
		{"With two content types", http.Header{"Content-Type": {"text/html", "application/json"}}, plain, ""},
		{"With a content type that is broken", http.Header{"Content-Type": {"json;;;"}}, plain, ""},
		{"Without a content type", http.Header{"Content-Type": nil}, plain, ""},
		{"To be downloaded as a file", http.Header{"Content-Disposition": {"attachment; filename=x.json"}}, plain, ""},
		{"With a byte order mark", nil, before(bom), ""},
		{"With a byte order mark and line breaks", nil, before(bom + "\r\n \t"), ""},
		{"With line breaks at its end", nil, after("\r\n\r\n"), ""},
		{"With NUL at its end", nil, after("\x00\x00"), ""},
		{"Compressed with gzip", http.Header{"Content-Encoding": {"gzip"}}, gzipped, ""},
		{"Compressed with gzip, in capitals", http.Header{"Content-Encoding": {"GZIP"}}, gzipped, ""},
		{"Compressed with `x-gzip`", http.Header{"Content-Encoding": {"x-gzip"}}, gzipped, ""},
		{"Compressed with gzip twice", http.Header{"Content-Encoding": {"gzip, gzip"}}, func(b []byte) []byte { return gzipped(gzipped(b)) }, ""},
		{"Compressed with gzip, the header twice", http.Header{"Content-Encoding": {"gzip", "gzip"}}, gzipped, ""},
		{"Compressed with gzip, without the header", nil, gzipped, ""},
		{"Compressed with gzip, with a byte order mark in it", http.Header{"Content-Encoding": {"gzip"}}, func(b []byte) []byte { return gzipped(before(bom)(b)) }, ""},
		{"Compressed with deflate (zlib)", http.Header{"Content-Encoding": {"deflate"}}, zlibbed, ""},
		{"Compressed with deflate (without zlib)", http.Header{"Content-Encoding": {"deflate"}}, deflated, ""},
		{"Called gzip, and not compressed", http.Header{"Content-Encoding": {"gzip"}}, plain, ""},
		{"Called brotli, and not compressed", http.Header{"Content-Encoding": {"br"}}, plain, ""},
		{"With the `Content-Encoding` utf-8", http.Header{"Content-Encoding": {"utf-8"}}, plain, ""},
		{"With the `Content-Encoding` identity", http.Header{"Content-Encoding": {"identity"}}, plain, ""},
		{"With an empty `Content-Encoding`", http.Header{"Content-Encoding": {""}}, plain, ""},
		{"Compressed with brotli", http.Header{"Content-Encoding": {"br"}}, func([]byte) []byte { return []byte("\x1b\x10\x00\xf8\x45\x08") }, "brotli"},
		{"Compressed with zstd", http.Header{"Content-Encoding": {"zstd"}}, func([]byte) []byte { return []byte("\x28\xb5\x2f\xfd\x04") }, "Content-Encoding \"zstd\""},
		{"Compressed, and cut off", http.Header{"Content-Encoding": {"gzip"}}, func(b []byte) []byte { return gzipped(b)[:30] }, "cannot be decompressed"},
		{"Compressed, and too large", http.Header{"Content-Encoding": {"gzip"}}, func([]byte) []byte { return gzipped(make([]byte, 8<<20)) }, "larger than"},
		{"In UTF-16", nil, func(b []byte) []byte {
			return []byte("\xff\xfe" + strings.Join(strings.Split(string(b), ""), "\x00") + "\x00")
		}, "UTF-16"},
		{"Twice", nil, func(b []byte) []byte { return append(bytes.Clone(b), b...) }, "not JSON"},
		{"In a callback", nil, func(b []byte) []byte { return []byte("callback(" + string(b) + ")") }, "not JSON"},
	} {
		t.Run(c.name, func(t *testing.T) {
			for op := range memberRules {
				got := p.tryAnswer(t, op, func(a *answer) {
					a.body = c.body(a.body)
					for name, values := range c.header {
						a.header[name] = values
					}
				})
				if got.taken != (c.why == "") || !strings.Contains(got.said, c.why) {
					t.Errorf("%s: taken %t: %s", op, got.taken, got.said)
				}
			}
		})
		tried = append(tried, inputs.Row{Input: c.name, Result: result(c.why)})
	}
	inputs.Check(t, "What a wallet answers", tried)
}

// result is the cell of a table.
func result(why string) string {
	if why == "" {
		return inputs.Taken
	}
	return "`" + why + "`"
}
