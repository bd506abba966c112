package pages

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
)

var (
	//go:embed style.css
	style string
	//go:embed layout.html
	layoutHTML string

	layout    = template.Must(template.New("layout").Parse(layoutHTML))
	styleHash = sha256.Sum256([]byte(style))
)

// Execute makes a whole document around body, applied to data. Scripts, images
// and style attributes in it will not work; the stylesheet has the classes card,
// message, icon, good, bad, wait, button, quiet and small. It panics when body
// cannot be applied to data.
func Execute(title string, body *template.Template, data any) []byte {
	return apply(layout, map[string]any{
		"Title": title,
		"Style": template.CSS(style),              // #nosec G203 -- ours, embedded
		"Body":  template.HTML(apply(body, data)), // #nosec G203 -- html/template made it
	})
}

// Policy is the Content-Security-Policy of a document made by [Execute]: it may
// load nothing, and only its own stylesheet is applied. formAction are the
// sources that its forms may be sent to, 'none' when it is empty; browsers hold
// the redirects that answer a form against it too.
func Policy(formAction string) string {
	if formAction == "" {
		formAction = "'none'"
	}
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(styleHash[:]) + "'; " +
		"base-uri 'none'; form-action " + formAction + "; frame-ancestors 'none'"
}

func apply(t *template.Template, data any) []byte {
	var b bytes.Buffer
	if err := t.Execute(&b, data); err != nil {
		panic("pages: " + err.Error())
	}
	return b.Bytes()
}
