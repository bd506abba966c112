package sandbox

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"
)

// serveInteraction answers the browser below /auth/interact/: <id>/<nonce> asks,
// <id>/<nonce>/finish sends it back to the client.
func (s *Server) serveInteraction(w http.ResponseWriter, r *http.Request, path string) {
	parts := strings.Split(path, "/")
	switch {
	case len(parts) == 2 && r.Method == http.MethodGet:
		s.serveConsent(w, r, parts[0], parts[1])
	case len(parts) == 2 && r.Method == http.MethodPost:
		s.serveChoice(w, r, parts[0], parts[1])
	case len(parts) == 3 && parts[2] == "finish" && r.Method == http.MethodGet:
		s.serveFinish(w, r, parts[0], parts[1])
	default:
		plainText(http.StatusNotFound, "").write(w)
	}
}

// sessionCookie holds the nonce of the interaction that the browser began last.
const sessionCookie = "sandbox_session"

func (s *Server) serveConsent(w http.ResponseWriter, r *http.Request, id, nonce string) {
	s.mu.Lock()
	g, to := s.start(id, nonce)
	var asks *consent
	if to == nil {
		asks = s.describe(g)
	}
	s.mu.Unlock()
	if to != nil {
		s.land(w, r, *to)
		return
	}
	http.SetCookie(w, &http.Cookie{Name: sessionCookie, Value: nonce, Path: s.prefix + "/" + authPath + interactPath,
		MaxAge: ceilSecondsInt(s.config.ConsentLife), HttpOnly: true, Secure: s.consent.Scheme == "https", SameSite: http.SameSiteLaxMode})
	page{Title: asks.Client + " asks for your consent", Consent: asks}.write(w, http.StatusOK)
	s.log(r, OpConsent, nil)
}

func (s *Server) serveChoice(w http.ResponseWriter, r *http.Request, id, nonce string) {
	r.Body = http.MaxBytesReader(w, r.Body, 4<<10)
	c, known := map[string]choice{"accept": accepted, "reject": denied}[r.PostFormValue("choice")]
	f := refuse(http.StatusBadRequest, invalidRequest, "invalid interaction choice", "choice must be accept or reject")
	var g *grant
	if known {
		s.mu.Lock()
		f, g = s.choose(id, nonce, c), s.lookup(id, nonce)
		s.mu.Unlock()
	}
	s.log(r, OpConsent, f)
	next := s.finishPage(id, nonce)
	switch {
	case f == nil:
		p := page{Title: "Allowed", Heading: "You allowed it", Tone: "good", Next: next, Back: next}
		if c == denied {
			p.Title, p.Heading, p.Tone = "Refused", "You refused", "bad"
		}
		p.Lead = "Taking you back to " + g.clientName + "."
		if g.finish == nil {
			p.Lead = "One moment."
		}
		p.write(w, http.StatusOK)
	case g != nil && g.finish != nil && wantsPage(r):
		// Too late: the finish page tells the client.
		page{Title: "Not possible any more", Heading: "This cannot be answered any more", Tone: "bad", Code: f.code, Back: next,
			Lead: "It took too long, it was answered before, or the app has taken its request back."}.write(w, f.status)
	default:
		showRefusal(w, r, f)
	}
}

// finishPage is a URL of ours that sends the browser back to the client. The
// redirect cannot answer the form itself: browsers hold form-action against it.
func (s *Server) finishPage(id, nonce string) string {
	return s.prefix + "/" + authPath + interactPath + url.PathEscape(id) + "/" + url.PathEscape(nonce) + "/finish"
}

func (s *Server) serveFinish(w http.ResponseWriter, r *http.Request, id, nonce string) {
	session := ""
	if c, err := r.Cookie(sessionCookie); err == nil {
		session = c.Value
	}
	s.mu.Lock()
	to := s.finishInteraction(id, nonce, session)
	s.mu.Unlock()
	s.land(w, r, to)
}

// land sends the browser where an interaction leads.
func (s *Server) land(w http.ResponseWriter, r *http.Request, to landing) {
	s.log(r, OpConsent, to.f)
	switch {
	case to.f != nil:
		showRefusal(w, r, to.f)
	case to.done:
		page{Title: "Done", Heading: "Done", Tone: "good", Lead: fmt.Sprintf("You can close this page and go back to %s.", to.g.clientName)}.write(w, http.StatusAccepted)
	default:
		w.Header().Set("Referrer-Policy", "no-referrer")
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("Location", to.redirect)
		w.WriteHeader(http.StatusFound)
	}
}

// A consent is what a user is asked, in words.
type consent struct {
	Client, ClientURL string
	Subject           string // a wallet address that the client wants to know is the user's
	Payments          []payment
	Others            []string // further rights
	Finish            string   // goes back without a choice; "" where the client polls
}

// A payment is what outgoing-payment access is asked for.
type payment struct {
	From     string // wallet address
	Amount   string // "1.30 USD"; "" without a limit
	Received bool   // Amount is what the receiver gets
	HowOften string // "every day, from …"; "" without an interval
	To       string // URL; "" for anyone
	ToHost   string
	MayPay   bool // create is among the actions
	MayRead  []string
}

// describe puts a grant into words. s.mu is held.
func (s *Server) describe(g *grant) *consent {
	c := &consent{Client: g.clientName, ClientURL: g.client.walletAddress, Subject: g.subject}
	if g.finish != nil {
		c.Finish = s.finishPage(g.interaction.id, g.interaction.nonce)
	}
	for _, a := range g.access {
		switch a.kind {
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

func describePayment(a access) payment {
	p := payment{From: a.identifier, MayPay: slices.Contains(a.actions, "create")}
	has := func(action string) bool { return slices.Contains(a.actions, action) }
	switch {
	case has("read-all") || has("list-all"):
		p.MayRead = append(p.MayRead, "It sees all payments that leave this wallet address, those of other apps too")
	case has("read") || has("list"):
		p.MayRead = append(p.MayRead, "It sees the payments that it made")
	}
	l := a.limits
	if l == nil {
		return p
	}
	p.To = l.Receiver
	if u, err := url.Parse(l.Receiver); err == nil {
		p.ToHost = u.Host
	}
	if l.Interval != "" {
		p.HowOften = capitalized(describeInterval(l.Interval))
	}
	switch {
	case l.DebitAmount != nil:
		p.Amount = l.DebitAmount.String()
	case l.ReceiveAmount != nil:
		p.Amount, p.Received = l.ReceiveAmount.String(), true
	}
	return p
}

// Initial stands for a picture of the client.
func (c *consent) Initial() string {
	_, size := utf8.DecodeRuneInString(c.Client)
	return strings.ToUpper(c.Client[:size])
}
