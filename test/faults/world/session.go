package world

import (
	"fmt"
	"net/url"
	"strings"
	"time"
)

// A Session is a grant as its app and its user's browser know it.
type Session struct {
	*World
	Body string // of the request
	Key  string // Idempotency-Key; "": none

	ID         string
	ConsentURL string
	FinishURL  string // to which the wallet has sent the browser
	Code       string // that the browser has brought to the app
	Token      string // that the app has
	refused    string // a token that the app has reported, until it has another
	Revokes    bool   // the app has asked for DELETE
	Forgets    bool   // and for the end here only
	Over       string // the problem code with which the app gave up

	Pays    string // the body of the payment that the app wants; "": none
	PayKey  string // its Idempotency-Key
	PayWait int    // how long its answer may wait for its end, in seconds
	Payment string // its id, once the app knows it
	Paid    string // its status, as the app has heard last
}

// Requests by what they ask for. Each has %s for the wallet address.
const (
	OneOff  = `{"walletAddress":"%s","returnUrl":"` + ReturnURL + `?order=7","limits":{"debitAmount":{"value":"130"}}}`
	Monthly = `{"walletAddress":"%s","returnUrl":"` + ReturnURL + `?order=7","limits":{"debitAmount":{"value":"130"},"interval":"R/2026-01-01T00:00:00Z/P1M"}}`
	Subject = `{"walletAddress":"%s","returnUrl":"` + ReturnURL + `?order=7","subject":true}`
)

// NewSession returns an app that has not asked yet.
func (w *World) NewSession(body string) *Session {
	return &Session{World: w, Body: fmt.Sprintf(body, w.User)}
}

// Request is POST /grants.
func (s *Session) Request() Answer {
	var header []string
	if s.Key != "" {
		header = []string{"Idempotency-Key", `"` + s.Key + `"`}
	}
	a := s.call(true, "POST", s.URL+"/grants", s.Body, header...)
	if a.Status == 201 {
		s.ID, s.ConsentURL = a.Text("id"), a.Text("consentUrl")
	}
	return a
}

// Approve lets the user accept.
func (s *Session) Approve() {
	finish, err := s.Wallet.Approve(s.ConsentURL)
	if err != nil {
		s.fatalf("the user cannot approve: %v", err)
	}
	s.FinishURL = finish
}

// Refuse lets the user refuse.
func (s *Session) Refuse() {
	finish, err := s.Wallet.Refuse(s.ConsentURL)
	if err != nil {
		s.fatalf("the user cannot refuse: %v", err)
	}
	s.FinishURL = finish
}

// Finish lets the browser open the finish link.
func (s *Session) Finish() Answer {
	nested := s.nestedSoFar()
	u, err := url.Parse(s.FinishURL)
	if err != nil {
		panic(err)
	}
	a := s.call(false, "GET", s.URL+u.RequestURI(), "")
	if a.Status == 303 {
		s.back(a.Location)
	}
	s.judgePage(a, nested)
	return a
}

// back is the app's page at the return URL.
func (s *Session) back(location string) {
	u, err := url.Parse(location)
	if err != nil || !strings.HasPrefix(location, ReturnURL+"?order=7&") {
		s.Brokenf("rule 9: the browser was sent to %s", location)
		return
	}
	if strings.Contains(location, s.ID) {
		s.Brokenf("rule 9: the return has the id of the grant")
	}
	query := u.Query()
	if query.Get("status") == "granted" {
		s.Code = query.Get("code")
		s.mu.Lock()
		s.codes = append(s.codes, s.Code)
		s.mu.Unlock()
	}
}

// RevokeAtWallet lets the user take the consent back at the wallet.
func (s *Session) RevokeAtWallet() {
	if err := s.Wallet.RevokeGrant(s.ConsentURL); err != nil {
		s.fatalf("the user cannot revoke: %v", err)
	}
	s.takenBack = true
}

// Get is GET /grants/{id}.
func (s *Session) Get() Answer { return s.call(true, "GET", s.URL+"/grants/"+s.ID, "") }

// GetToken is POST …/token, with the code until it was accepted, and with a token
// that was refused until the app has another one.
func (s *Session) GetToken() Answer {
	if s.refused != "" {
		return s.RefuseToken()
	}
	body := ""
	if s.Code != "" && s.Token == "" {
		body = `{"code":"` + s.Code + `"}`
	}
	return s.token(body)
}

// RefuseToken is POST …/token with the token that the app has.
func (s *Session) RefuseToken() Answer {
	if s.refused == "" {
		s.refused = s.Token
	}
	return s.token(`{"refused":"` + s.refused + `"}`)
}

// GuessToken is POST …/token with a code that is not the grant's.
func (s *Session) GuessToken() Answer {
	a := s.token(`{"code":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}`)
	if a.Status == 200 {
		s.Brokenf("rule 9: a wrong code was accepted")
	}
	return a
}

func (s *Session) token(body string) Answer {
	nested := s.nestedSoFar()
	a := s.call(true, "POST", s.URL+"/grants/"+s.ID+"/token", body)
	if a.Status == 200 && a.Text("accessToken") != "" {
		s.Token, s.refused = a.Text("accessToken"), ""
	}
	s.judgeToken(a, nested)
	return a
}

// Delete is DELETE /grants/{id}.
func (s *Session) Delete() Answer {
	s.Revokes = true
	query := ""
	if s.Forgets {
		query = "?forget=true"
	}
	a := s.call(true, "DELETE", s.URL+"/grants/"+s.ID+query, "")
	s.judgeDelete(a)
	return a
}

// tries is how often an app and a browser try again before they give up.
const tries = 6

// CarryOn lets the browser and the app do again what they want until they have
// it, as Retry-After and Refresh say.
func (s *Session) CarryOn() {
	s.again(s.ID == "", func() (Answer, bool) { a := s.Request(); return a, a.Status == 201 || isFinal(a.Status) })
	if s.ID == "" {
		return
	}
	if s.Revokes {
		s.again(true, func() (Answer, bool) {
			a := s.Delete()
			return a, a.Status == 204 || a.Status == 200 || isFinal(a.Status)
		})
		return
	}
	if s.FinishURL == "" && s.ConsentURL != "" {
		return // the user has not decided
	}
	s.again(s.FinishURL != "" && s.Code == "", func() (Answer, bool) {
		a := s.Finish()
		return a, a.Status == 303 || isFinal(a.Status)
	})
	if s.Pays != "" {
		s.carryOnPaying()
		return
	}
	s.again(s.Code != "", func() (Answer, bool) {
		a := s.GetToken()
		if isFinal(a.Status) {
			s.Over = a.Text("code")
		}
		return a, a.Status == 200 || isFinal(a.Status)
	})
}

// isFinal reports whether a client need not ask again.
func isFinal(status int) bool { return status >= 400 && status < 500 && status != 409 && status != 429 }

func (s *Session) again(needed bool, try func() (Answer, bool)) {
	if !needed {
		return
	}
	for range tries {
		a, done := try()
		if done {
			return
		}
		s.Move(max(a.Wait, time.Second))
	}
}

// Merge takes over what another copy of the session has learned.
func (s *Session) Merge(other Session) {
	if other.Code != "" {
		s.Code = other.Code
	}
	if other.Token != "" && (s.Token == "" || s.Wallet.Active(other.Token)) {
		s.Token, s.refused = other.Token, other.refused
	}
	s.Revokes = s.Revokes || other.Revokes
}
