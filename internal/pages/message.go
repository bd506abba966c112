package pages

import (
	_ "embed"
	"html"
	"strings"

	"github.com/opgrants/opgrants/internal/grant"
)

// A Tone is the icon that goes with a [Message].
type Tone string

// The tones. The zero value is Bad.
const (
	Good    Tone = "good"
	Refused Tone = "refused"
	Wait    Tone = "wait"
	Bad     Tone = "bad"
)

// A Message says in a sentence or two what happened and what to do next.
type Message struct {
	Heading, Text string
	Tone          Tone
	Code          string // in small print, for whoever is asked for help; may be empty
}

//go:embed message.html
var messageHTML string

// Document is the whole page.
func (m Message) Document() []byte {
	icon, ok := icons[m.Tone]
	if !ok {
		icon = icons[Bad]
	}
	code := ""
	if m.Code != "" {
		code = "\n<p class=\"small\">Code: <code>" + html.EscapeString(m.Code) + "</code></p>"
	}
	heading := html.EscapeString(m.Heading)
	return document(heading, strings.NewReplacer(
		"{icon}", icon, "{heading}", heading, "{text}", html.EscapeString(m.Text), "{code}", code).Replace(messageHTML))
}

var icons = map[Tone]string{
	Good:    `<svg class="icon good" viewBox="0 0 24 24" aria-hidden="true"><circle cx="12" cy="12" r="10"/><path d="m7.5 12.5 3 3 6-6.5"/></svg>`,
	Wait:    `<svg class="icon wait" viewBox="0 0 24 24" aria-hidden="true"><path d="M12 2a10 10 0 1 1-10 10"/></svg>`,
	Refused: `<svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><circle cx="12" cy="12" r="10"/><path d="M8 12h8"/></svg>`,
	Bad:     `<svg class="icon bad" viewBox="0 0 24 24" aria-hidden="true"><circle cx="12" cy="12" r="10"/><path d="M12 7v6"/><path d="M12 16.5v.01"/></svg>`,
}

// Outcome is the page at the end of a finish redirect that leads to no app.
// code is that of the failure, for [grant.PageFailed].
func Outcome(page grant.Page, code string) []byte {
	if m, ok := outcomes[page]; ok {
		return m.Document()
	}
	return Problem(code)
}

// Problem is the page for something that went wrong, by its code.
func Problem(code string) []byte {
	m, ok := problems[code]
	if !ok {
		m = unknown
	}
	m.Code = code
	return m.Document()
}

var outcomes = map[grant.Page]Message{
	grant.PageGranted: {Heading: "Permission given", Tone: Good,
		Text: "You have allowed these payments in your wallet. You can close this page and go back to where you started."},
	grant.PageFinished: {Heading: "Already finished", Tone: Good,
		Text: "You gave this permission before, and this link is used up. Close this page and go back to the app to continue."},
	grant.PageRejected: rejected,
	grant.PageMoment: {Heading: "One moment", Tone: Wait,
		Text: "We are confirming this with your wallet. The page reloads by itself; if it does not, reload it in a few seconds."},
}
