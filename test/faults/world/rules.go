package world

import (
	"context"
	"net/url"
	"slices"
	"strings"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/pkg/sandbox"
)

// The rules are those of ARCHITECTURE.md.

// nestedSoFar returns how many second callers have ended a DELETE so far. A
// second caller inside a call may change what the call then answers.
func (s *Session) nestedSoFar() int { return int(s.ended.Load()) }

// judgeFault: while the store works, whatever a wallet and the callers do is no
// fault of the service, which would take a deployment back.
func (w *World) judgeFault(_ context.Context, code string) {
	if !w.Store.hasFailed() {
		w.Brokenf("a fault of the service, %s, while its store worked", code)
	}
}

// judgeToken: a token that leaves works, and none leaves after DELETE.
func (s *Session) judgeToken(a Answer, nested int) {
	token := a.Text("accessToken")
	if a.Status == 200 && token == "" && a.Text("subject") == "" {
		s.Brokenf("rule 11: an answer without a token: %s", a)
	}
	if a.Status != 200 || token == "" {
		return
	}
	s.mu.Lock()
	acted, wasDeleted := s.deleted[s.ID]
	s.mu.Unlock()
	alone := int(s.ended.Load()) == nested && s.together.Load() == 0
	if alone && !s.takenBack && !s.Wallet.Active(token) {
		s.Brokenf("rule 10: a token that does not work was handed out")
	}
	if s.inChild {
		return
	}
	switch it := s.Store.stored(s.ID); {
	case !alone && wasDeleted && s.Store.acted() > acted:
		s.Brokenf("rule 11: a token was handed out after DELETE")
	case alone && (it == nil || it.Ending != "" || it.Status != grant.Granted):
		s.Brokenf("rule 11: a token of a grant that ends was handed out")
	case alone && !it.Claimed:
		s.Brokenf("rule 9: a token of a grant that is not claimed was handed out")
	case alone && it.Token != token:
		s.Brokenf("rule 10: another token than the one stored was handed out")
	}
}

// judgeDelete: 204 is said only when the grant is gone at its wallet.
func (s *Session) judgeDelete(a Answer) {
	if a.Status == 204 {
		s.mu.Lock()
		s.gone[s.ID] = true
		s.mu.Unlock()
		s.notePaid(s.ID)
		s.checkGone(s.ID, "when 204 was said")
	}
	if s.nested.Load() > 0 {
		s.mu.Lock()
		s.deleted[s.ID] = s.Store.acted()
		s.mu.Unlock()
	}
}

func (w *World) checkGone(id, when string) {
	if w.inChild {
		return
	}
	if n := len(w.liveOf(id)); n > 0 {
		w.Brokenf("rule 11: %d live tokens %s", n, when)
	}
	if it := w.Store.stored(id); it != nil && it.Status == grant.Granted {
		w.Brokenf("rule 11: the grant is granted %s", when)
	}
	w.checkPaidBefore(id)
}

// CheckGone checks that DELETE's 204 is still true.
func (w *World) CheckGone() {
	w.mu.Lock()
	ids := []string{}
	for id := range w.gone {
		ids = append(ids, id)
	}
	w.mu.Unlock()
	for _, id := range ids {
		w.checkGone(id, "although 204 was said before")
	}
}

// judgePage: what the browser was shown is true.
func (s *Session) judgePage(a Answer, nested int) {
	if int(s.ended.Load()) != nested || s.together.Load() > 0 || s.inChild {
		return
	}
	it := s.Store.stored(s.ID)
	if it == nil {
		s.Brokenf("the grant of a finish is gone")
		return
	}
	u, _ := url.Parse(a.Location)
	query := u.Query()
	shown := page(a.Raw)
	ended := it.Status
	if it.Ending != "" {
		ended = it.Ending
	}
	code := ""
	if it.Failure != nil {
		code = it.Failure.Code
	}
	is := func(true bool) {
		if !true {
			s.Brokenf("the page is not true: %s with %q; the grant is %s, ending %q, code %q", a, shown, it.Status, it.Ending, code)
		}
	}
	switch {
	case query.Get("status") == "granted":
		is(it.Status == grant.Granted && it.Ending == "")
	case query.Get("status") == "rejected":
		is(ended == grant.Rejected)
	case query.Get("error") == grant.CodeRevoked:
		is(ended == grant.Revoked)
	case query.Get("error") == grant.FailureInteractionExpired && ended == grant.Expired:
	case strings.HasPrefix(query.Get("error"), "interaction_"):
		is(it.Status == grant.Pending || it.Status == grant.Rejected)
	case query.Has("error"):
		is(query.Get("error") == code && (ended == grant.Failed || ended == grant.Revoked))
	case shown == "Already finished":
		is(it.Status == grant.Granted && it.Ending == "")
	case shown == "One moment" && a.Status == 200:
		is(it.Status == grant.Pending || it.Status == grant.Processing || it.Ending != "" || it.Lease != nil)
	}
}

// page returns the heading of a page.
func page(html string) string {
	_, rest, _ := strings.Cut(html, "<h1>")
	heading, _, _ := strings.Cut(rest, "</h1>")
	return heading
}

// liveOf returns the tokens of a grant that work.
func (w *World) liveOf(id string) (all []sandbox.LiveToken) {
	for _, t := range w.Wallet.LiveTokens() {
		if w.Store.idOf(t.ContinueURI) == id {
			all = append(all, t)
		}
	}
	return all
}

// Touch lets the app look at each grant once, after every lease.
func (w *World) Touch() {
	w.Heal()
	w.Move(Lease)
	for _, id := range w.Store.known() {
		w.call(true, "GET", w.URL+"/grants/"+id, "")
	}
	if w.touchPayments(); w.Payments == nil || w.inChild {
		return
	}
	for _, id := range w.Store.known() { // an end can have waited for a payment
		w.call(true, "GET", w.URL+"/grants/"+id, "")
	}
}

// UseStore reads the grants of a child that has ended from here on. A single id is
// that of all tokens.
func (w *World) UseStore(store grant.Store, payments ListedPayments, ids ...string) {
	w.inChild = false
	w.usePayments(payments, payments)
	w.Store.next, w.Store.raw = store, store
	for _, id := range ids {
		if it := w.Store.stored(id); it != nil {
			w.Store.note(it)
		}
		w.Payments.findOf(id)
	}
	if len(ids) == 1 {
		for _, t := range w.Wallet.LiveTokens() {
			if t.Interactive {
				w.Store.grantOf[t.ContinueURI] = ids[0]
			}
		}
	}
}

// CheckEnd checks what must hold after [World.Touch]: no live token is unknown to
// the store, no grant is stuck, no interact_ref was sent more than refs times, and
// no secret is in a log line or an answer.
func (w *World) CheckEnd(refs int) {
	kept := map[string]string{} // token → id
	for _, id := range w.Store.known() {
		it := w.Store.stored(id)
		if it == nil || it.Status == grant.Requesting {
			continue
		}
		waits := it.Flight != nil && w.Now().Before(it.Flight.Until.Time()) // for its payment
		if it.Ending != "" && !waits || it.Status == grant.Processing || it.Lease != nil {
			w.Brokenf("rule 4: stuck: %s, ending %q, leased %v", it.Status, it.Ending, it.Lease != nil)
		}
		if it.Status == grant.Granted && it.Token != "" {
			kept[it.Token] = id
			if !w.takenBack && !w.Wallet.Active(it.Token) && w.Now().Before(it.TokenExpires.Time()) {
				w.Brokenf("rule 10: the token that is stored does not work")
			}
		}
		if live := w.liveOf(id); it.Status != grant.Granted && !it.Unconfirmed && len(live) > 0 {
			w.Brokenf("rule 4: %s with %d live tokens", it.Status, len(live))
		}
	}
	for _, t := range w.Wallet.LiveTokens() {
		id := w.Store.idOf(t.ContinueURI)
		if it := w.Store.stored(id); it != nil && it.Unconfirmed || !t.Interactive { // to quote, or to make an incoming payment
			continue
		}
		if _, known := kept[t.Value]; !known {
			w.Brokenf("rule 4: a live token is unknown to the store")
		}
	}
	w.CheckGone()
	w.checkMoney()
	if n := w.Wallet.Stats().Continues; n > refs {
		w.Brokenf("rule 1: the interact_ref was sent %d times", n)
	}
	w.checkSecrets()
}

// checkSecrets searches all that was logged and answered.
func (w *World) checkSecrets() {
	log := w.Log()
	if i := strings.Index(log, "fault: "); i >= 0 {
		w.Brokenf("a fault of the program was logged: %.200s", log[i:])
	}
	w.mu.Lock()
	answers, codes := strings.Join(w.answers, "\n"), slices.Clone(w.codes)
	w.mu.Unlock()
	for _, secret := range append(append(w.Wallet.Secrets(), w.Store.secretTexts()...), w.keys()...) {
		for _, form := range []string{secret, url.QueryEscape(secret)} {
			if strings.Contains(log, form) {
				w.Brokenf("a secret was logged: %s", around(log, form))
			}
			if strings.Contains(answers, form) {
				w.Brokenf("a secret was answered: %s", around(answers, form))
			}
		}
	}
	for _, code := range codes {
		if strings.Contains(log, code) {
			w.Brokenf("a claim code was logged: %s", around(log, code))
		}
	}
}

func around(text, secret string) string {
	i := strings.Index(text, secret)
	return text[max(0, i-80):min(len(text), i+len(secret)+20)]
}
