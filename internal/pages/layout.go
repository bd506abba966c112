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

// document is a whole document around body, which is HTML, as title is. It is
// not made by html/template because that looks up methods by name: a program
// with it keeps every method of the AWS clients, and is a third larger.
func document(title, body string) []byte {
	return []byte(strings.NewReplacer("{title}", title, "{style}", style, "{body}", body).Replace(layoutHTML))
}

// Policy is the Content-Security-Policy of a document of ours: it may load
// nothing and send nothing, and only its own stylesheet is applied.
func Policy() string {
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(styleHash[:]) + "'; " +
		"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
}
