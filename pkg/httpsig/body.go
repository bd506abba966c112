package httpsig

import (
	"bytes"
	"io"
	"net/http"
)

// buffer reads the body of r into memory and returns it. It sets the body and GetBody
// of r, so that net/http can send the body and send it again, and Sign can sign it
// again.
func buffer(r *http.Request) ([]byte, error) {
	content, err := readBody(r)
	if err != nil {
		return nil, err
	}
	if len(content) == 0 {
		r.Body, r.GetBody, r.ContentLength = http.NoBody, nil, 0
		return nil, nil
	}
	r.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(content)), nil }
	r.Body, _ = r.GetBody()
	r.ContentLength = int64(len(content))
	r.TransferEncoding = nil // "chunked" would be sent instead of the length
	return content, nil
}

// readBody reads and closes the body of r. It uses GetBody if there is one, because
// Body is at its end after r was sent.
func readBody(r *http.Request) ([]byte, error) {
	if r.Body == nil {
		return nil, nil
	}
	body := r.Body
	if r.GetBody != nil {
		fresh, err := r.GetBody()
		if err != nil {
			return nil, err
		}
		_ = r.Body.Close()
		body = fresh
	}
	content, err := readAll(body, r.ContentLength)
	if closeErr := body.Close(); err == nil {
		err = closeErr
	}
	return content, err
}

// readAll reads body, whose length is probably known. It does not trust a large length: a
// request can name one without sending it.
func readAll(body io.Reader, length int64) ([]byte, error) {
	var b bytes.Buffer
	b.Grow(int(min(max(length, 0), 1<<20)) + bytes.MinRead)
	_, err := b.ReadFrom(body)
	return b.Bytes(), err
}

// hasBody reports whether r has a body. If the length is unknown, it reads one byte
// and puts it back.
func hasBody(r *http.Request) (bool, error) {
	if r.Body == nil || r.ContentLength >= 0 {
		return r.ContentLength > 0, nil
	}
	first := make([]byte, 1)
	n, err := io.ReadFull(r.Body, first)
	if n == 0 {
		if err == io.EOF {
			err = nil
		}
		return false, err
	}
	r.Body = restored{io.MultiReader(bytes.NewReader(first), r.Body), r.Body}
	return true, nil
}

// restored is a body that can be read again. Closing it closes the original body.
type restored struct {
	io.Reader
	io.Closer
}

// readAndRestore reads the body of r and puts it back.
func readAndRestore(r *http.Request) ([]byte, error) {
	if r.Body == nil {
		return nil, nil
	}
	content, err := readAll(r.Body, r.ContentLength)
	r.Body = restored{bytes.NewReader(content), r.Body}
	return content, err
}
