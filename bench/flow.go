package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sync"
	"time"
)

const benchToken = "0123456789abcdef0123456789abcdef0123456789abcdef"

// A client of the service uses a wallet whose user allows everything.
type client struct {
	service, wallet string
	pays            bool // with a checkout; else it asks for a token
	http            *http.Client
}

// flows lets each client do flow after flow until the time is over, and returns how
// long each took, and how many there were with those of the first second.
func flows(ctx context.Context, c client, clients int, d time.Duration) (took []time.Duration, n int, err error) {
	var (
		mu sync.Mutex
		wg sync.WaitGroup
	)
	ctx, cancel := context.WithTimeoutCause(ctx, d+20*time.Second, errors.New("flows hang"))
	defer cancel()
	c.http = &http.Client{
		Transport:     &http.Transport{MaxIdleConnsPerHost: clients},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	warm, began := time.Now(), time.Now().Add(time.Second)
	end := warm.Add(time.Second + d)
	for range clients {
		wg.Go(func() {
			for time.Now().Before(end) && ctx.Err() == nil {
				start := time.Now()
				failed := c.flow(ctx)
				now := time.Now()
				mu.Lock()
				n++
				if failed != nil {
					if err == nil { // the others end with it
						err = failed
					}
					cancel()
				} else if start.After(began) && now.Before(end) {
					took = append(took, now.Sub(start))
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	return took, n, err
}

// flow is one consent: the request, the user's visit at the wallet, the finish, and the
// token or the payment.
func (c client) flow(ctx context.Context) error {
	var made struct{ ID, ConsentURL string }
	wants := `"limits":{"debitAmount":{"value":"130","assetCode":"USD","assetScale":2}}`
	if c.pays { // little: a wallet of the sandbox is not rich
		wants = `"payment":{"receiveAmount":{"value":"1","assetCode":"USD","assetScale":2}}`
	}
	if _, err := c.send(ctx, http.MethodPost, c.service+"/grants", `{"walletAddress":"`+c.wallet+`",`+wants+`,"returnUrl":"http://127.0.0.1/thanks"}`, http.StatusCreated, &made); err != nil {
		return err
	}
	finish, err := c.send(ctx, http.MethodGet, made.ConsentURL, "", http.StatusFound, nil)
	if err != nil {
		return err
	}
	back, err := c.send(ctx, http.MethodGet, finish, "", http.StatusSeeOther, nil)
	if err != nil {
		return err
	}
	u, err := url.Parse(back)
	if err != nil {
		return err
	}
	code := `{"code":"` + u.Query().Get("code") + `"}`
	if !c.pays {
		_, err = c.send(ctx, http.MethodPost, c.service+"/grants/"+made.ID+"/token", code, http.StatusOK, nil)
		return err
	}
	var payment struct{ Status string }
	_, err = c.send(ctx, http.MethodPost, c.service+"/grants/"+made.ID+"/payments", code, http.StatusCreated, &payment)
	if err == nil && payment.Status != "completed" {
		err = fmt.Errorf("the payment is %s", payment.Status)
	}
	return err
}

func (c client) send(ctx context.Context, method, url, body string, want int, v any) (location string, err error) {
	r, err := http.NewRequestWithContext(ctx, method, url, bytes.NewReader([]byte(body)))
	if err != nil {
		return "", err
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Authorization", "Bearer "+benchToken)
		r.Header.Set("Idempotency-Key", random(16))
	}
	answer, err := c.http.Do(r)
	if err != nil {
		return "", err
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return "", err
	}
	if answer.StatusCode != want && !(want == http.StatusFound && answer.Header.Get("Location") != "") {
		return "", fmt.Errorf("%s %s: %s: %s", method, url, answer.Status, text)
	}
	if v != nil {
		err = json.Unmarshal(text, v)
	}
	return answer.Header.Get("Location"), err
}
