package world

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/payment"
)

// An Answer is what the service answered.
type Answer struct {
	Status   int
	Location string
	Wait     time.Duration // Retry-After or Refresh; 0: neither
	Body     map[string]any
	Raw      string
}

// Text returns a member of the body.
func (a Answer) Text(name string) string { s, _ := a.Body[name].(string); return s }

// FailureCode returns failure.code of a grant.
func (a Answer) FailureCode() string {
	failure, _ := a.Body["failure"].(map[string]any)
	code, _ := failure["code"].(string)
	return code
}

func (a Answer) String() string {
	return fmt.Sprintf("%d %s", a.Status, strings.TrimSpace(a.Location+" "+a.Raw))
}

// call sends a request: the app's, or without asOwner the browser's.
func (w *World) call(asOwner bool, method, url, body string, header ...string) Answer {
	r, err := http.NewRequestWithContext(context.Background(), method, url, strings.NewReader(body))
	if err != nil {
		panic(err)
	}
	if asOwner {
		r.Header.Set("Owner", owner)
		for _, p := range w.powers {
			r.Header.Add(headerPowers, string(p))
		}
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	if w.inChild {
		w.childHeader(r.Header)
	}
	response, err := w.http.Do(r)
	if err != nil && w.inChild { // it was killed
		return Answer{}
	}
	if err != nil {
		w.Brokenf("the service does not answer %s: %v", method, err)
		return Answer{}
	}
	defer func() { _ = response.Body.Close() }()
	raw, err := io.ReadAll(response.Body)
	if err != nil && !w.inChild {
		w.Brokenf("the answer to %s breaks off: %v", method, err)
	}
	a := Answer{Status: response.StatusCode, Location: response.Header.Get("Location"), Raw: string(raw)}
	_ = json.Unmarshal(raw, &a.Body)
	a.Wait = wait(response.Header)
	w.judgeForm(a, response.Header)
	return a
}

func wait(h http.Header) time.Duration {
	text, _, _ := strings.Cut(h.Get("Refresh"), ";")
	if text == "" {
		text = h.Get("Retry-After")
	}
	seconds, _ := strconv.Atoi(text)
	return time.Duration(seconds) * time.Second
}

// passing are the codes of what passes by itself: the caller hears when to ask again.
var passing = []string{grant.CodeBusy, grant.CodeInFlight, grant.CodeStore, grant.CodeNotRotated, payment.CodeInProgress, payment.CodeTryLater}

// judgeForm checks what holds for every answer.
func (w *World) judgeForm(a Answer, h http.Header) {
	switch {
	case a.Status == http.StatusInternalServerError:
		w.Brokenf("an internal error was answered: %s", a)
	case slices.Contains(passing, a.Text("code")) && a.Wait == 0:
		w.Brokenf("without Retry-After: %s", a)
	case a.Status >= 400 && strings.HasPrefix(h.Get("Content-Type"), "application/") && a.Text("code") == "":
		w.Brokenf("an error without a code: %s", a)
	}
	shown := h.Clone()
	shown.Del("Refresh") // the browser's own URL
	text := strings.ReplaceAll(a.Raw, jsonText(a.Text("consentUrl")), "")
	if token := a.Text("accessToken"); a.Status == http.StatusOK && token != "" {
		text = strings.Replace(text, token, "", 1)
	}
	w.mu.Lock()
	w.answers = append(w.answers, fmt.Sprint(shown)+text)
	w.mu.Unlock()
}

func jsonText(s string) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(s)
	return strings.Trim(strings.TrimSpace(b.String()), `"`)
}
