package httpsig

import (
	"bytes"
	"io"
	"net/http"
)

// buffer reads the body and puts it back, so that it can be sent, sent again by
// net/http (GetBody), and signed again by us.
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

// readBody prefers GetBody: when the request was sent before, Body is used up.
func readBody(r *http.Request) ([]byte, error) {
	if r.Body == nil || r.Body == http.NoBody {
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
	content, err := io.ReadAll(body)
	if closeErr := body.Close(); err == nil {
		err = closeErr
	}
	return content, err
}

// hasBody finds out by reading a byte when the length was not told.
func hasBody(r *http.Request) (bool, error) {
	if r.Body == nil || r.Body == http.NoBody || r.ContentLength >= 0 {
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

// restored is a body that was read, to be read again; Close is the old one's.
type restored struct {
	io.Reader
	io.Closer
}

func readAndRestore(r *http.Request) ([]byte, error) {
	if r.Body == nil {
		return nil, nil
	}
	content, err := io.ReadAll(r.Body)
	r.Body = restored{bytes.NewReader(content), r.Body}
	return content, err
}
