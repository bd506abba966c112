package httpsig

import (
	"fmt"
	"net/http"
	"slices"

	"github.com/dunglas/httpsfv"
)

// A signature is the signature of a request, parsed.
type signature struct {
	label      string
	components []string
	params     params
	input      string // the value that was signed, in its canonical form, with unknown parameters too
	bytes      []byte
}

// parseSignature parses Signature-Input and Signature (RFC 9421 section 4). They must
// have exactly one signature.
func parseSignature(h http.Header) (*signature, error) {
	sig, ok := canonicalInput(h["Signature-Input"])
	if !ok {
		var err error
		if sig, err = parseInput(h); err != nil {
			return nil, err
		}
	}
	if err := checkComponents(sig.components); err != nil {
		return nil, malformed(err)
	}
	label, value, ok := canonicalBinary(h["Signature"])
	if !ok {
		var err error
		if label, value, err = parseBytes(h); err != nil {
			return nil, err
		}
	}
	if label != sig.label {
		return nil, fmt.Errorf("%w: the label is %q in Signature-Input and %q in Signature", ErrMalformed, clip(sig.label), clip(label))
	}
	sig.bytes = value
	return sig, nil
}

// parseInput parses Signature-Input.
func parseInput(h http.Header) (*signature, error) {
	label, member, err := onlyMember(h, "Signature-Input")
	if err != nil {
		return nil, err
	}
	input, ok := member.(httpsfv.InnerList)
	if !ok {
		return nil, fmt.Errorf("%w: Signature-Input is not a list of components", ErrMalformed)
	}
	sig := &signature{label: label}
	if sig.components, err = parseComponents(input.Items); err != nil {
		return nil, malformed(err)
	}
	if sig.params, err = parseParams(input.Params); err != nil {
		return nil, malformed(err)
	}
	sig.input, err = httpsfv.Marshal(input) // which does not fail: it was parsed
	return sig, err
}

// parseBytes parses Signature.
func parseBytes(h http.Header) (label string, value []byte, err error) {
	label, member, err := onlyMember(h, "Signature")
	if err != nil {
		return "", nil, err
	}
	item, _ := member.(httpsfv.Item)
	value, ok := item.Value.([]byte)
	if !ok {
		return "", nil, fmt.Errorf("%w: Signature is not a byte sequence (:base64:)", ErrMalformed)
	}
	return label, value, nil
}

// onlyMember returns the only member of a Dictionary field.
func onlyMember(h http.Header, name string) (label string, m httpsfv.Member, err error) {
	values := h[name]
	if len(values) == 0 {
		return "", nil, fmt.Errorf("%w: there is no %s field", ErrNoSignature, name)
	}
	dict, err := httpsfv.UnmarshalDictionary(values)
	if err != nil {
		return "", nil, fmt.Errorf("%w: %s: %w", ErrMalformed, name, err)
	}
	labels := dict.Names()
	if len(labels) != 1 {
		return "", nil, fmt.Errorf("%w: %s has %d signatures, want one", ErrMalformed, name, len(labels))
	}
	m, _ = dict.Get(labels[0])
	return labels[0], m, nil
}

func parseComponents(items []httpsfv.Item) ([]string, error) {
	components := make([]string, 0, len(items))
	for _, item := range items {
		name, _ := item.Value.(string) // "" is not a component
		// A parameter can change what a component means (section 2.1), so it must not
		// be ignored.
		if len(item.Params.Names()) > 0 {
			return nil, fmt.Errorf("component %q has a parameter; no parameter is supported", clip(name))
		}
		components = append(components, name)
	}
	return components, nil
}

// maxComponents limits the work that a request can cause.
const maxComponents = 64

func checkComponents(components []string) error {
	for i, c := range components {
		if i == maxComponents {
			return fmt.Errorf("more than %d components are covered", maxComponents)
		}
		if !isComponent(c) {
			return unknownComponent(c)
		}
		if slices.Contains(components[:i], c) { // section 2.5
			return fmt.Errorf("component %q is covered twice", clip(c))
		}
	}
	return nil
}
