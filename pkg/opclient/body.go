package opclient

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// A bodyError says why a body that was received cannot be used.
type bodyError struct{ reason string }

func (e *bodyError) Error() string { return e.reason }

// readBody reads and closes the body of an answer. It returns at the end of ctx
// even if the transport does not watch ctx. What was read is returned beside an
// error too. At most max bytes are accepted, compressed and decompressed.
func readBody(ctx context.Context, response *http.Response, max int) ([]byte, error) {
	stop := context.AfterFunc(ctx, func() { _ = response.Body.Close() })
	defer func() {
		stop()
		_ = response.Body.Close()
	}()
	content, err := io.ReadAll(io.LimitReader(response.Body, int64(max)+1))
	if err != nil {
		return content, err
	}
	if len(content) > max {
		return nil, tooLarge(max)
	}
	return decompress(content, response.Header.Values("Content-Encoding"), max)
}

func tooLarge(max int) error {
	return &bodyError{fmt.Sprintf("the answer is larger than %d KiB", max>>10)}
}

// decompress undoes the codings of Content-Encoding. The client asks for none,
// but some proxies compress all the same, and some name a coding that they did
// not apply, or apply gzip without naming it.
func decompress(content []byte, encodings []string, max int) ([]byte, error) {
	var codings []string
	for coding := range strings.SplitSeq(strings.ToLower(strings.Join(encodings, ",")), ",") {
		if coding = strings.TrimSpace(coding); coding != "" && coding != "identity" {
			codings = append(codings, coding)
		}
	}
	if len(codings) == 0 && isGzip(content) {
		codings = []string{"gzip"}
	}
	if len(codings) > 2 {
		return nil, &bodyError{"the answer is compressed more than twice"}
	}
	for i := len(codings) - 1; i >= 0; i-- {
		if looksLikeText(content) {
			return content, nil
		}
		var err error
		if content, err = decode(content, codings[i], max); err != nil {
			return nil, err
		}
	}
	return content, nil
}

func decode(content []byte, coding string, max int) ([]byte, error) {
	broken := &bodyError{fmt.Sprintf("the answer says that it is compressed with %.20q, and cannot be decompressed", coding)}
	var reader io.Reader
	var err error
	switch coding {
	case "gzip", "x-gzip":
		reader, err = gzip.NewReader(bytes.NewReader(content))
	case "deflate": // RFC 9110 section 8.4.1.2: zlib; some servers send it without the zlib header
		if reader, err = zlib.NewReader(bytes.NewReader(content)); err != nil {
			reader, err = flate.NewReader(bytes.NewReader(content)), nil
		}
	case "br":
		return nil, &bodyError{"the answer is compressed with brotli (br), which was not asked for and is not supported"}
	default:
		return nil, &bodyError{fmt.Sprintf("the answer has the Content-Encoding %.20q, which was not asked for and is not supported", coding)}
	}
	if err != nil {
		return nil, broken
	}
	plain, err := io.ReadAll(io.LimitReader(reader, int64(max)+1))
	switch {
	case len(plain) > max:
		return nil, tooLarge(max)
	case err != nil:
		return nil, broken
	}
	return plain, nil
}

func isGzip(content []byte) bool { return bytes.HasPrefix(content, []byte{0x1f, 0x8b}) }

// looksLikeText reports whether content is empty, JSON or HTML. No compressed
// content starts like these.
func looksLikeText(content []byte) bool {
	text := bytes.TrimLeft(withoutBOM(content), " \t\r\n")
	return len(text) == 0 || bytes.IndexByte([]byte("{[<\""), text[0]) >= 0
}

// withoutBOM removes the byte order mark of UTF-8 (RFC 8259 section 8.1 lets a
// parser ignore it).
func withoutBOM(content []byte) []byte {
	return bytes.TrimPrefix(content, []byte("\xef\xbb\xbf"))
}

// isWebPage reports whether content is HTML, whatever its Content-Type.
func isWebPage(content []byte) bool {
	return bytes.HasPrefix(bytes.TrimLeft(withoutBOM(content), " \t\r\n"), []byte("<")) && !isXML(content)
}

// isXML reports whether content is XML, and not a web page in XML.
func isXML(content []byte) bool {
	text := bytes.ToLower(bytes.TrimLeft(withoutBOM(content), " \t\r\n"))
	return bytes.HasPrefix(text, []byte("<?xml")) && !bytes.Contains(text, []byte("<html"))
}
