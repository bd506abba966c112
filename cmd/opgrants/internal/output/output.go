package request

import (
	"encoding/json"
	"time"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/terminal"
	"github.com/opgrants/opgrants/pkg/opclient"
)

// An output prints what was got: the lines of the documented script as they
// come, or one JSON object at the end. It prints secrets: they are the result.
type output struct {
	term   *terminal.Terminal
	json   bool
	object result
}

// A result is the object that --json prints.
type result struct {
	InteractURL         string            `json:"interactUrl,omitempty"`
	ContinueAccessToken string            `json:"continueAccessToken,omitempty"`
	ContinueURI         string            `json:"continueUri,omitempty"`
	AccessToken         string            `json:"accessToken,omitempty"`
	ManageURL           string            `json:"manageUrl,omitempty"`
	ExpiresAt           *time.Time        `json:"expiresAt,omitempty"`
	Access              []opclient.Access `json:"access,omitempty"`
	Error               *failure          `json:"error,omitempty"`
}

// A failure says why the command ended with an exit code that is not 0.
type failure struct {
	Exit   exit.Code `json:"exit"`
	Code   string    `json:"code"`
	Detail string    `json:"detail"`
}

const interactLine = "Please interact at the following URL: %s"

func (o *output) pending(g *opclient.Grant) error {
	o.object.InteractURL = g.Interact.Redirect
	o.object.ContinueAccessToken = string(g.Continue.Token)
	o.object.ContinueURI = g.Continue.URI
	if o.json {
		o.term.Say(interactLine, g.Interact.Redirect)
		return nil
	}
	return o.lines(
		interactLine, g.Interact.Redirect,
		"CONTINUE_ACCESS_TOKEN = %s", string(g.Continue.Token),
		"CONTINUE_URI = %s", g.Continue.URI,
	)
}

func (o *output) granted(t *opclient.Token) error {
	o.object.AccessToken = string(t.Value)
	o.object.ManageURL = t.Manage
	o.object.Access = t.Access
	if !t.ExpiresAt.IsZero() {
		o.object.ExpiresAt = &t.ExpiresAt
	}
	if o.json {
		return nil
	}
	return o.lines("ACCESS_TOKEN = %s", string(t.Value), "MANAGE_URL = %s", t.Manage)
}

// lines prints formats, each with its value.
func (o *output) lines(pairs ...string) error {
	for i := 0; i < len(pairs); i += 2 {
		if err := o.term.Print(pairs[i], pairs[i+1]); err != nil {
			return err
		}
	}
	return nil
}

// end prints the object, also of a failure, which it passes on.
func (o *output) end(err error) error {
	if !o.json {
		return err
	}
	if err != nil {
		code := exit.Of(err)
		o.object.Error = &failure{Exit: code, Code: code.Name(), Detail: err.Error()}
	}
	e := json.NewEncoder(o.term.Out)
	e.SetEscapeHTML(false)
	if printed := e.Encode(o.object); printed != nil && err == nil {
		return printed
	}
	return err
}
