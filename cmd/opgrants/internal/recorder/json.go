package recorder

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// secretMembers are the names of members that are secret in every object: those of
// GNAP and of our own HTTP interface.
var secretMembers = map[string]bool{
	"interact_ref": true, "nonce": true, "hash": true, "finish": true,
	"accessToken": true, "refused": true, "privateKey": true, "sharedSecret": true,
}

// Request returns the body of a request with its secrets hidden, its members in their
// order.
func (m *Mask) Request(body []byte) string { return m.body(body, true) }

// Answer returns the body of an answer with its secrets hidden.
func (m *Mask) Answer(body []byte) string { return m.body(body, false) }

// body returns JSON only: in anything else, secrets cannot be found.
func (m *Mask) body(body []byte, request bool) string {
	if len(body) == 0 {
		return ""
	}
	w := walker{mask: m, request: request, in: json.NewDecoder(bytes.NewReader(body))}
	w.in.UseNumber()
	err := w.value("", "")
	if err == nil {
		_, err = w.in.Token()
	}
	if !errors.Is(err, io.EOF) {
		return fmt.Sprintf("(%d bytes, not JSON)", len(body))
	}
	return m.Text(w.out.String())
}

// A walker copies JSON and hides secrets by their names.
type walker struct {
	mask    *Mask
	request bool
	in      *json.Decoder
	out     bytes.Buffer
}

// value copies one value. It is the member name of the object (or is in the array) that
// is itself the member parent.
func (w *walker) value(parent, name string) error {
	t, err := w.in.Token()
	if err != nil {
		return err
	}
	switch t := t.(type) {
	case json.Delim:
		return w.composite(t, parent, name)
	case string:
		return w.put(w.hide(parent, name, t))
	default:
		return w.put(t)
	}
}

func (w *walker) hide(parent, name, s string) string {
	switch {
	case secretMembers[name],
		name == "value" && parent == "access_token",
		// The code of a claim. In an answer, "code" belongs to an error.
		name == "code" && w.request:
		w.mask.learn(s)
		return masked
	case name == "redirect", name == "consentUrl":
		return w.mask.consentLink(s)
	case name == "uri":
		return w.mask.link(s)
	}
	return s
}

func (w *walker) composite(open json.Delim, parent, name string) error {
	w.out.WriteRune(rune(open))
	for first := true; w.in.More(); first = false {
		if !first {
			w.out.WriteByte(',')
		}
		if open == '[' {
			// An element is as secret as a member with the name of the array.
			if err := w.value(parent, name); err != nil {
				return err
			}
			continue
		}
		key, err := w.in.Token()
		if err != nil {
			return err
		}
		if err := w.put(key); err != nil {
			return err
		}
		w.out.WriteByte(':')
		if err := w.value(name, key.(string)); err != nil {
			return err
		}
	}
	end, err := w.in.Token()
	if err != nil {
		return err
	}
	w.out.WriteString(end.(json.Delim).String())
	return nil
}

func (w *walker) put(v any) error {
	e := json.NewEncoder(&w.out)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return err
	}
	w.out.Truncate(w.out.Len() - 1) // Encode's newline
	return nil
}
