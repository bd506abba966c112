package pages

import (
	"html"
	"html/template"
	"strings"
)

// Execute makes a whole document around body, applied to data. Scripts, images
// and style attributes in it will not work; the stylesheet has the classes card,
// message, icon, good, bad, wait, button, quiet and small. It panics when body
// cannot be applied to data.
func Execute(title string, body *template.Template, data any) []byte {
	var b strings.Builder
	if err := body.Execute(&b, data); err != nil {
		panic("pages: " + err.Error())
	}
	return document(html.EscapeString(title), b.String())
}
