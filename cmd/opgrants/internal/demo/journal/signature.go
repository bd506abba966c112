package journal

import "github.com/opgrants/opgrants/cmd/opgrants/internal/recorder"

// A SignedLine is a line of the signature base, and what it is signed for.
type SignedLine struct {
	recorder.Line
	Why string
}

// Signed explains the signature base of the request, or is nil if it is not signed.
func (e Entry) Signed() []SignedLine {
	var lines []SignedLine
	for _, l := range e.Exchange.Signed {
		lines = append(lines, SignedLine{l, reasons[l.Name]})
	}
	return lines
}

// reasons say what each component is signed for (RFC 9635 section 7.3.1).
var reasons = map[string]string{
	"@method":           "Nobody can turn the request into one with another method.",
	"@target-uri":       "It is good for this URL only, byte for byte.",
	"authorization":     "It ties the access token to the key: with the token alone nobody can do anything.",
	"content-digest":    "The hash of the body: nobody can change what is asked for.",
	"content-length":    "The length of the body.",
	"content-type":      "How the body is to be read.",
	"@signature-params": "What is signed and in which order; when; with which key (keyid, in the JWKS of the client's wallet address); a nonce that makes each signature another; and that it is one of GNAP.",
}
