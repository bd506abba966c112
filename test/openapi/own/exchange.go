package own

import (
	"bytes"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// An Exchange is a request to the service, and its answer.
type Exchange struct {
	Method, Path, Query string // the path as it was sent
	Header              http.Header
	Body                []byte // as far as the service has read it

	Status int
	Answer http.Header
	Text   []byte
}

// Check returns what is wrong with an exchange: an answer that the description does
// not have, or a request that it does not allow and that the service did not
// refuse. It also returns what of the description was seen.
func (d *Description) Check(e *Exchange) (seen Seen, err error) {
	op, response := d.find(e)
	if response == nil {
		return seen, fmt.Errorf("%s does not answer %d: %s", op.ID, e.Status, e.Text)
	}
	if op != nil {
		seen.Operation = op.ID
	}
	seen.Status = e.Status
	if seen.Code, err = d.checkAnswer(e, response); err != nil {
		return seen, fmt.Errorf("the answer %d: %w", e.Status, err)
	}
	for name := range response.Headers {
		if e.Answer.Get(name) != "" {
			seen.Headers = append(seen.Headers, name)
		}
	}
	if op == nil {
		return seen, nil
	}
	switch fault := d.requestFault(op, e); {
	case fault != nil && (e.Status < 400 || e.Status == http.StatusPaymentRequired):
		return seen, fmt.Errorf("the service took a request that the description does not allow: %w", fault)
	case fault == nil && seen.Code == "malformed_request" && !e.isBeyondSchemas(op):
		return seen, fmt.Errorf("the service refused a request that the description allows: %s", e.Text)
	}
	return seen, nil
}

// CheckForm returns what is wrong with the form of an answer: no operation answers
// like that. It is for a handler whose service is a fake, which can have errors that
// no real one has.
func (d *Description) CheckForm(e *Exchange) error {
	if op, response := d.find(e); op != nil && response != nil && e.Status < 400 {
		_, err := d.checkBody(e, response)
		return err
	}
	wrong := fmt.Errorf("no operation answers %d", e.Status)
	for _, r := range d.Answers() {
		if r.Status != e.Status {
			continue
		}
		if _, wrong = d.checkBody(e, r); wrong == nil {
			return nil
		}
	}
	return wrong
}

// CheckAnswer returns an error unless some operation answers with this JSON.
func (d *Description) CheckAnswer(text []byte) error {
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return err
	}
	for _, r := range d.Answers() {
		for _, schema := range r.Media {
			if d.validate(schema, value) == nil {
				return nil
			}
		}
	}
	return errors.New("no operation answers that")
}

// find returns the operation of a request, and the description of its answer. Without
// an operation the answer is one to an unknown path or method.
func (d *Description) find(e *Exchange) (op *Operation, response *Response) {
	known := false
	for _, op := range d.Operations {
		if !matches(op.Path, e.Path) {
			continue
		}
		if e.Status == http.StatusNotFound && op.Responses[e.Status] == nil {
			continue // below a path that PUBLIC_URL does not have
		}
		known = true
		if op.Method == e.Method || op.Method == http.MethodGet && e.Method == http.MethodHead {
			return op, op.Responses[e.Status]
		}
	}
	if known && e.Status == http.StatusMethodNotAllowed {
		return nil, d.methodNotAllowed
	}
	if e.Status == http.StatusNotFound {
		return nil, d.noSuchPath
	}
	return &Operation{ID: e.Method + " " + e.Path}, nil
}

// matches reports whether a path ends with the segments of a template. What comes
// before is the path of PUBLIC_URL.
func matches(template, path string) bool {
	want := strings.Split(template[1:], "/")
	segments := strings.Split(strings.TrimSuffix(strings.TrimPrefix(path, "/"), "/"), "/")
	if len(segments) < len(want) {
		return false
	}
	for i, s := range segments[len(segments)-len(want):] {
		decoded, err := url.PathUnescape(s)
		if err != nil || decoded != want[i] && (!strings.HasPrefix(want[i], "{") || decoded == "") {
			return false
		}
	}
	return true
}

// contract are the headers that an answer has only if the description says so.
var contract = []string{"Allow", "Content-Security-Policy", "Idempotent-Replayed", "Location", "Preference-Applied", "Refresh", "Retry-After", "WWW-Authenticate"}

// pageCode finds the code that a page shows.
var pageCode = regexp.MustCompile(`Code: <code>(\w+)</code>`)

func (d *Description) checkAnswer(e *Exchange, r *Response) (code string, err error) {
	if err := d.checkHeaders(e.Answer, r); err != nil {
		return "", err
	}
	return d.checkBody(e, r)
}

func (d *Description) checkBody(e *Exchange, r *Response) (code string, err error) {
	if len(r.Media) == 0 {
		if len(e.Text) > 0 {
			return "", fmt.Errorf("has a body: %s", e.Text)
		}
		return "", nil
	}
	media, _, _ := mime.ParseMediaType(e.Answer.Get("Content-Type"))
	schema, ok := r.Media[media]
	switch {
	case !ok:
		return "", fmt.Errorf("has the Content-Type %q", e.Answer.Get("Content-Type"))
	case e.Method == http.MethodHead:
		if len(e.Text) > 0 {
			return "", errors.New("has a body")
		}
		return "", nil
	case media == "text/html":
		if found := pageCode.FindSubmatch(e.Text); found != nil {
			code = string(found[1])
		}
		if r.Status >= 400 && !slices.Contains(r.Codes, code) && (code != "" || r.Status != http.StatusServiceUnavailable) {
			return "", fmt.Errorf("has the code %q", code)
		}
		return code, d.validate(schema, string(e.Text))
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(e.Text))
	if err != nil {
		return "", fmt.Errorf("is not JSON: %s", e.Text)
	}
	if err := d.validate(schema, value); err != nil {
		return "", fmt.Errorf("%w\n%s", err, e.Text)
	}
	if len(r.Codes) > 0 {
		code, _ = value.(map[string]any)["code"].(string)
		if !slices.Contains(r.Codes, code) {
			return "", fmt.Errorf("has the code %s: %s", code, e.Text)
		}
	}
	return code, nil
}

func (d *Description) checkHeaders(h http.Header, r *Response) error {
	for _, name := range contract {
		if _, ok := r.Headers[name]; !ok && h.Get(name) != "" {
			return fmt.Errorf("has the header %s: %s", name, h.Get(name))
		}
	}
	for name, header := range r.Headers {
		value := h.Get(name)
		if value == "" {
			if header.Required {
				return fmt.Errorf("lacks the header %s", name)
			}
			continue
		}
		if err := d.checkText(header, value); err != nil {
			return err
		}
	}
	return nil
}

// checkText checks the text of a parameter or header, which stands for a number if
// its schema wants one.
func (d *Description) checkText(p Parameter, text string) error {
	var value any = text
	schema, _, err := d.at(p.schema)
	if err != nil {
		return err
	}
	if schema["type"] == "integer" {
		if value, err = strconv.Atoi(text); err != nil {
			return fmt.Errorf("%s is no number: %q", p.Name, text)
		}
	}
	if err := d.validate(p.schema, value); err != nil {
		return fmt.Errorf("%s: %w", p.Name, err)
	}
	return nil
}

// requestFault returns why the description does not allow a request.
func (d *Description) requestFault(op *Operation, e *Exchange) error {
	for _, p := range op.Parameters {
		values := e.values(op, p)
		if p.Required && len(values) == 0 {
			return fmt.Errorf("%s is missing", p.Name)
		}
		for _, value := range values {
			if err := d.checkText(p, value); err != nil {
				return err
			}
		}
	}
	return d.bodyFault(op, e)
}

func (d *Description) bodyFault(op *Operation, e *Exchange) error {
	switch {
	case op.body == nil:
		return nil // what is sent is not read
	case len(e.Body) == 0 && op.body.required:
		return errors.New("it has no body")
	case len(e.Body) == 0:
		return nil
	}
	if media, _, _ := mime.ParseMediaType(e.Header.Get("Content-Type")); media != "application/json" {
		return fmt.Errorf("its Content-Type is %q", e.Header.Get("Content-Type"))
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(bytes.TrimPrefix(e.Body, []byte("\ufeff"))))
	if err != nil {
		return errors.New("its body is not JSON")
	}
	return d.validate(op.body.schema, value)
}

// values returns the texts that a request has for a parameter.
func (e *Exchange) values(op *Operation, p Parameter) []string {
	switch p.In {
	case "query":
		query, _ := url.ParseQuery(e.Query)
		return query[p.Name]
	case "header":
		return e.Header.Values(p.Name)
	}
	want := strings.Split(op.Path[1:], "/")
	segments := strings.Split(strings.Trim(e.Path, "/"), "/")
	segments = segments[len(segments)-len(want):]
	for i, s := range want {
		if s == "{"+p.Name+"}" {
			decoded, _ := url.PathUnescape(segments[i])
			return []string{decoded}
		}
	}
	return nil
}
