package cli

import (
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/serviceapi"
	"github.com/opgrants/opgrants/pkg/opclient"
)

// OutputFlags are the flags of every command that prints a result.
type OutputFlags struct {
	JSON bool `name:"json" group:"how" help:"Print one JSON object at the end instead; a link for the user goes to stderr."`
}

// To returns an Output that prints on a terminal.
func (f OutputFlags) To(term *Terminal) *Output { return &Output{term: term, json: f.JSON} }

// An Output prints the results of a command: lines as they come, or one JSON object at
// the end. Results have secrets.
type Output struct {
	term   *Terminal
	json   bool
	ended  bool // the object is printed
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
	IncomingPaymentURL  string            `json:"incomingPaymentUrl,omitempty"`
	QuoteURL            string            `json:"quoteUrl,omitempty"`
	OutgoingPaymentURL  string            `json:"outgoingPaymentUrl,omitempty"`
	DebitAmount         *opclient.Amount  `json:"debitAmount,omitempty"`
	ReceiveAmount       *opclient.Amount  `json:"receiveAmount,omitempty"`
	Grants              any               `json:"grants,omitempty"`
	Checks              any               `json:"checks,omitempty"`
	Key                 any               `json:"key,omitempty"`
	Version             any               `json:"version,omitempty"`
	IdempotencyKey      string            `json:"idempotencyKey,omitempty"`
	Grant               any               `json:"grant,omitempty"`
	Payment             any               `json:"payment,omitempty"`
	Sandbox             any               `json:"sandbox,omitempty"`
	Serve               any               `json:"serve,omitempty"`
	Demo                any               `json:"demo,omitempty"`
	Steps               any               `json:"steps,omitempty"`
	Error               *failure          `json:"error,omitempty"`
}

// A failure says why the exit code is not 0.
type failure struct {
	Exit   exit.Code `json:"exit"`
	Code   string    `json:"code"`
	Detail string    `json:"detail"`
	Try    string    `json:"try"` // the command to try next
	// Problem is the code of the service's problem document; "": there was none.
	Problem string `json:"problem,omitempty"`
}

const interactLine = "Please interact at the following URL: %s"

// Pending prints where the user consents to a grant, and how to continue it.
func (o *Output) Pending(g *opclient.Grant) error {
	if err := o.Interact(g.Interact.Redirect); err != nil {
		return err
	}
	return o.Continue(g.Continue)
}

// Interact prints where the user consents.
func (o *Output) Interact(link string) error {
	o.object.InteractURL = link
	if o.json {
		o.term.Say(interactLine, link)
		return nil
	}
	return o.term.Print(interactLine, link)
}

// IdempotencyKey prints the Idempotency-Key of a checkout or a payment.
func (o *Output) IdempotencyKey(key string) error {
	o.object.IdempotencyKey = key
	return o.lines("IDEMPOTENCY_KEY", key)
}

// Grant prints the id of a service's grant. The object has the whole grant.
func (o *Output) Grant(g *serviceapi.Grant) error {
	o.object.Grant = g
	return o.lines("GRANT_ID", g.ID)
}

// Payment prints the id and the status of a service's payment. The object has the whole
// payment.
func (o *Output) Payment(p *serviceapi.Payment) error {
	o.object.Payment = p
	return o.lines("PAYMENT_ID", p.ID, "PAYMENT_STATUS", p.Status)
}

// Continue prints how to continue a grant.
func (o *Output) Continue(k opclient.Continue) error {
	o.object.ContinueAccessToken, o.object.ContinueURI = string(k.Token), k.URI
	return o.lines("CONTINUE_ACCESS_TOKEN", string(k.Token), "CONTINUE_URI", k.URI)
}

// Token prints an access token.
func (o *Output) Token(t *opclient.Token) error {
	o.object.AccessToken = string(t.Value)
	o.object.ManageURL = t.Manage
	o.object.Access = t.Access
	if !t.ExpiresAt.IsZero() {
		o.object.ExpiresAt = &t.ExpiresAt
	}
	return o.lines("ACCESS_TOKEN", string(t.Value), "MANAGE_URL", t.Manage)
}

// IncomingPayment prints the URL of one.
func (o *Output) IncomingPayment(url string) error {
	o.object.IncomingPaymentURL = url
	return o.lines("INCOMING_PAYMENT_URL", url)
}

// Quote prints the URL of a quote. The object has its amounts too.
func (o *Output) Quote(q *opclient.Quote) error {
	o.object.QuoteURL, o.object.DebitAmount, o.object.ReceiveAmount = q.ID, &q.DebitAmount, &q.ReceiveAmount
	return o.lines("QUOTE_URL", q.ID)
}

// OutgoingPayment prints the URL of an outgoing payment. The object has its amounts too.
func (o *Output) OutgoingPayment(p *opclient.OutgoingPayment) error {
	o.object.OutgoingPaymentURL, o.object.DebitAmount, o.object.ReceiveAmount = p.ID, &p.DebitAmount, &p.ReceiveAmount
	return o.lines("OUTGOING_PAYMENT_URL", p.ID)
}

// Grants puts a list of grants, whose lines are printed already, into the object.
func (o *Output) Grants(list any) { o.object.Grants = list }

// Checks puts the results of checks, whose lines are printed already, into the object.
func (o *Output) Checks(list any) { o.object.Checks = list }

// Key prints a key as text, or puts it into the object.
func (o *Output) Key(text string, key any) error {
	o.object.Key = key
	return o.Text(text)
}

// Version prints the version as text, or puts it into the object.
func (o *Output) Version(text string, version any) error {
	o.object.Version = version
	return o.Text(text)
}

// Sandbox prints the variables of a sandbox that listens, or the object, now. It
// reports whether it was the object. [Output.End] then prints nothing more.
func (o *Output) Sandbox(env string, sandbox any) (object bool, err error) {
	if !o.json {
		return false, o.term.Print("%s", strings.TrimSuffix(env, "\n"))
	}
	o.object.Sandbox = sandbox
	return true, o.End(nil)
}

// Serve prints where the service listens, now, if there is an object to print: the log
// says it otherwise. [Output.End] then prints nothing more.
func (o *Output) Serve(at any) error {
	if !o.json {
		return nil
	}
	o.object.Serve = at
	return o.End(nil)
}

// Demo prints where a demonstration is, or the object, now.
func (o *Output) Demo(text string, demo any) error {
	if !o.json {
		return o.term.Print("%s", text)
	}
	o.object.Demo = demo
	return o.End(nil)
}

// Steps puts the steps of a demonstration, whose lines are printed already, into the
// object.
func (o *Output) Steps(list any) { o.object.Steps = list }

// Text prints a text, unless an object is printed at the end.
func (o *Output) Text(text string) error {
	if o.json {
		return nil
	}
	return o.term.Print("%s", text)
}

// lines prints pairs of a name and a value, unless an object is printed at the end.
func (o *Output) lines(pairs ...string) error {
	for i := 0; i < len(pairs) && !o.json; i += 2 {
		if err := o.term.Print("%s = %s", pairs[i], pairs[i+1]); err != nil {
			return err
		}
	}
	return nil
}

// End prints the object, with err if it is not nil, and returns err.
func (o *Output) End(err error) error {
	if !o.json || o.ended {
		return err
	}
	o.ended = true
	if err != nil {
		code := exit.Of(err)
		o.object.Error = &failure{Exit: code, Code: code.Name(), Detail: err.Error(), Try: exit.Next(err, o.term.Command)}
		var problem *serviceapi.Problem
		if errors.As(err, &problem) {
			o.object.Error.Problem = problem.Code
		}
	}
	e := json.NewEncoder(o.term.Out)
	e.SetEscapeHTML(false)
	if printed := e.Encode(o.object); printed != nil && err == nil {
		return printed
	}
	return err
}
