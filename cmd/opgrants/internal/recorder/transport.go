package recorder

import (
	"bytes"
	"io"
	"net/http"
	"sync"
	"time"
)

// maxBody is how much of a body is recorded, in bytes.
const maxBody = 64 << 10

// A Transport records each request that goes through it, with its answer.
type Transport struct {
	Base   http.RoundTripper // nil: http.DefaultTransport
	Mask   *Mask
	Record func(Exchange) // called once per request, when its answer is complete or it has failed
}

// RoundTrip sends the request through Base, unchanged.
func (t *Transport) RoundTrip(r *http.Request) (*http.Response, error) {
	base := t.Base
	if base == nil {
		base = http.DefaultTransport
	}
	x := &recording{mask: t.Mask, record: t.Record, x: Exchange{Start: time.Now()}}
	x.request(r, requestBody(r))
	answer, err := base.RoundTrip(r)
	if err != nil {
		x.fail(err)
		return nil, err
	}
	x.answer(answer)
	return answer, nil
}

// requestBody returns a copy of the body, or nil if there is none or it cannot be
// copied.
func requestBody(r *http.Request) []byte {
	if r.Body == nil || r.GetBody == nil {
		return nil
	}
	b, err := r.GetBody()
	if err != nil {
		return nil
	}
	defer func() { _ = b.Close() }()
	body, _ := io.ReadAll(io.LimitReader(b, maxBody))
	return body
}

// A recording is an exchange that is not complete yet.
type recording struct {
	mask   *Mask
	record func(Exchange)
	once   sync.Once
	x      Exchange
}

func (c *recording) request(r *http.Request, body []byte) {
	c.x.Method = r.Method
	c.x.RequestHeader = c.mask.fields(r.Header)
	c.x.RequestBody = c.mask.Request(body)
	c.x.URL = c.mask.URL(r.URL)
	c.x.Signed = c.mask.signatureBaseLines(r)
}

func (c *recording) answer(a *http.Response) {
	c.x.Status = a.StatusCode
	c.x.AnswerHeader = c.mask.fields(a.Header)
	a.Body = &recordedBody{ReadCloser: a.Body, rec: c}
}

func (c *recording) fail(err error) {
	c.x.Failure = c.mask.Text(err.Error())
	c.end(nil)
}

func (c *recording) end(body []byte) {
	c.once.Do(func() {
		c.x.Took = time.Since(c.x.Start)
		c.x.AnswerBody = c.mask.Answer(body)
		c.record(c.x)
	})
}

// A recordedBody keeps what the caller reads of an answer.
type recordedBody struct {
	io.ReadCloser
	rec  *recording
	kept bytes.Buffer
}

func (b *recordedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.kept.Write(p[:min(n, maxBody-b.kept.Len())])
	if err != nil {
		b.rec.end(b.kept.Bytes())
	}
	return n, err
}

func (b *recordedBody) Close() error {
	err := b.ReadCloser.Close()
	b.rec.end(b.kept.Bytes())
	return err
}
