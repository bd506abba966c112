package pages

import (
	_ "embed"
	"html"
	"strings"
)

// A Message says in a sentence or two what happened and what to do next.
type Message struct {
	Heading, Text string
	Tone          Tone
	Code          string // in small print, for whoever helps; may be empty

	// A sentence that follows Text if the page loads again by itself, and one if it
	// does not. Both may be empty.
	ifReloads, ifNot string
}

//go:embed message.html
var messageHTML string

// Document returns the whole page, without a link to the app.
func (m Message) Document() []byte { return m.document(View{}) }

func (m Message) document(v View) []byte {
	code := ""
	if m.Code != "" {
		code = "\n<p class=\"small\">Code: <code>" + html.EscapeString(m.Code) + "</code></p>"
	}
	text := m.Text
	if next := m.next(v); next != "" {
		text += " " + next
	}
	heading := html.EscapeString(m.Heading)
	return document(heading, strings.NewReplacer("{icon}", m.Tone.icon(), "{heading}", heading,
		"{text}", html.EscapeString(text), "{back}", v.backLink(), "{code}", code).Replace(messageHTML))
}

func (m Message) next(v View) string {
	if v.Reloads {
		return m.ifReloads
	}
	return m.ifNot
}
