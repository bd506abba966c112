package authserver

import (
	"fmt"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/opgrants/opgrants/pkg/sandbox/internal/access"
	"github.com/opgrants/opgrants/pkg/sandbox/internal/interval"
	"github.com/opgrants/opgrants/pkg/sandbox/internal/message"
	"github.com/opgrants/opgrants/pkg/sandbox/internal/pages"
)

// serveInteraction answers the browser: <id>/<nonce> asks the user, and
// <id>/<nonce>/finish sends the browser back to the client.
func (s *Server) serveInteraction(w http.ResponseWriter, r *http.Request, path string) *message.Refusal {
	parts := strings.Split(path, "/")
	switch {
	case len(parts) == 2 && r.Method == http.MethodGet:
		return s.serveConsent(w, r, parts[0], parts[1])
	case len(parts) == 2 && r.Method == http.MethodPost:
		return s.serveChoice(w, r, parts[0], parts[1])
	case len(parts) == 3 && parts[2] == "finish" && r.Method == http.MethodGet:
		return s.serveFinish(w, r, parts[0], parts[1])
	}
	f := message.PlainText(http.StatusNotFound, "")
	f.Write(w)
	return f
}

// sessionCookie holds the nonce of the interaction that the browser opened last.
const sessionCookie = "sandbox_session"

func (s *Server) serveConsent(w http.ResponseWriter, r *http.Request, id, nonce string) *message.Refusal {
	s.mu.Lock()
	g, to := s.start(id, nonce)
	if to == nil {
		to = s.decide(g)
	}
	var question *pages.Consent
	if to == nil {
		question = s.describe(g)
	}
	s.mu.Unlock()
	if to != nil {
		return s.land(w, r, *to)
	}
	http.SetCookie(w, &http.Cookie{Name: sessionCookie, Value: nonce, Path: s.path + interactPath,
		MaxAge: maxAge(s.config.ConsentLife), HttpOnly: true, Secure: s.config.Browser.Scheme == "https", SameSite: http.SameSiteLaxMode})
	pages.Page{Title: question.Client + " asks for your consent", Consent: question}.Write(w, http.StatusOK)
	return nil
}

func maxAge(d time.Duration) int { return int(min(ceilSeconds(d), math.MaxInt32)) }

func (s *Server) serveChoice(w http.ResponseWriter, r *http.Request, id, nonce string) *message.Refusal {
	r.Body = http.MaxBytesReader(w, r.Body, 4<<10)
	c, known := map[string]choice{"accept": accepted, "reject": denied}[r.PostFormValue("choice")]
	f := message.Refuse(http.StatusBadRequest, message.InvalidRequest, "invalid interaction choice", "choice must be accept or reject")
	var g *grant
	if known {
		s.mu.Lock()
		f, g = s.choose(id, nonce, c), s.lookup(id, nonce)
		s.mu.Unlock()
	}
	next := s.finishPage(id, nonce)
	switch {
	case f == nil:
		writeChosen(w, g, c, next)
	case g != nil && g.finish != nil && pages.WantsHTML(r):
		// Too late: the finish page sends the browser back to the client.
		pages.Page{Title: "Not possible any more", Heading: "This cannot be answered any more", Tone: "bad", Code: f.Code, Back: next,
			Lead: "It took too long, it was answered before, or the app has taken its request back."}.Write(w, f.Status)
	default:
		pages.WriteRefusal(w, r, f)
	}
	return f
}

func writeChosen(w http.ResponseWriter, g *grant, c choice, next string) {
	p := pages.Page{Title: "Allowed", Heading: "You allowed it", Tone: "good", Next: next, Back: next}
	if c == denied {
		p.Title, p.Heading, p.Tone = "Refused", "You refused", "bad"
	}
	p.Lead = "Taking you back to " + g.clientName + "."
	if g.finish == nil {
		p.Lead = "One moment."
	}
	p.Write(w, http.StatusOK)
}

// finishPage returns the URL of the page that sends the browser back to the client.
// The form's own answer cannot redirect there: browsers apply form-action to it.
func (s *Server) finishPage(id, nonce string) string {
	return s.path + interactPath + url.PathEscape(id) + "/" + url.PathEscape(nonce) + "/finish"
}

func (s *Server) serveFinish(w http.ResponseWriter, r *http.Request, id, nonce string) *message.Refusal {
	session := ""
	if c, err := r.Cookie(sessionCookie); err == nil {
		session = c.Value
	}
	s.mu.Lock()
	to := s.finishInteraction(id, nonce, session)
	s.mu.Unlock()
	return s.land(w, r, to)
}

// land sends the browser to the landing.
func (s *Server) land(w http.ResponseWriter, r *http.Request, to landing) *message.Refusal {
	switch {
	case to.f != nil:
		pages.WriteRefusal(w, r, to.f)
	case to.done:
		pages.Page{Title: "Done", Heading: "Done", Tone: "good", Lead: fmt.Sprintf("You can close this page and go back to %s.", to.g.clientName)}.Write(w, http.StatusAccepted)
	default:
		w.Header().Set("Referrer-Policy", "no-referrer")
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("Location", to.redirect)
		w.WriteHeader(http.StatusFound)
	}
	return to.f
}

// describe returns what a grant asks for, in words. The caller holds s.mu.
func (s *Server) describe(g *grant) *pages.Consent {
	c := &pages.Consent{Client: g.clientName, ClientURL: g.client.WalletAddress, Subject: g.subject}
	if g.finish != nil {
		c.Finish = s.finishPage(g.interaction.id, g.interaction.nonce)
	}
	for _, a := range g.access {
		switch a.Kind {
		case "outgoing-payment":
			c.Payments = append(c.Payments, describePayment(a))
		case "quote":
			c.Others = append(c.Others, "ask what a payment would cost")
		case "incoming-payment":
			c.Others = append(c.Others, "request payments to your wallet and see them")
		}
	}
	return c
}

func describePayment(a access.Item) pages.Payment {
	p := pages.Payment{From: a.Identifier, MayPay: slices.Contains(a.Actions, "create")}
	has := func(action string) bool { return slices.Contains(a.Actions, action) }
	switch {
	case has("read-all") || has("list-all"):
		p.MayRead = append(p.MayRead, "It sees all payments that leave this wallet address, those of other apps too")
	case has("read") || has("list"):
		p.MayRead = append(p.MayRead, "It sees the payments that it made")
	}
	l := a.Limits
	if l == nil {
		return p
	}
	p.To = l.Receiver
	if u, err := url.Parse(l.Receiver); err == nil {
		p.ToHost = u.Host
	}
	if l.Interval != "" {
		p.HowOften = interval.Describe(l.Interval)
	}
	switch {
	case l.DebitAmount != nil:
		p.Amount = describeAmount(l.DebitAmount)
	case l.ReceiveAmount != nil:
		p.Amount, p.Received = describeAmount(l.ReceiveAmount), true
	}
	return p
}

func describeAmount(a *access.Amount) string {
	return pages.Amount(a.Value, a.AssetCode, a.AssetScale.String())
}
