package pages

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"strings"
)

var (
	//go:embed style.css
	style string
	//go:embed layout.html
	layoutHTML string

	styleHash = sha256.Sum256([]byte(style))
)

// document returns a whole document around body. Both title and body are HTML.
// It does not use html/template, which looks up methods by name: the linker then
// keeps every method of the AWS clients, and the program grows by a third.
func document(title, body string) []byte {
	return []byte(strings.NewReplacer("{title}", title, "{style}", style, "{body}", body).Replace(layoutHTML))
}

// Policy returns the Content-Security-Policy of every document: it loads
// nothing, sends nothing, and applies only its own stylesheet.
func Policy() string {
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(styleHash[:]) + "'; " +
		"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
}
