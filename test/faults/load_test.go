package faults

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

const (
	clients = 64
	// most is how many flows each goes through: the wallet forgets the oldest of more
	// than 10,000 grants, with their tokens.
	most  = 10_000/clients - 1
	limit = 4 // of requests, in the test of --max-requests
)

// A shopper is an app with its user's browser, who go through whole flows.
type shopper struct {
	wallet  walletProcess
	service *atomic.Pointer[string]
	http    *http.Client
	number  int
	kept    map[string]bool // tokens that it has not revoked
	flows   int
	asked   int
}

// errUnexpected is an answer that the flow must not have.
var errUnexpected = errors.New("an unexpected answer")

func (s *shopper) send(method, path, body string, header ...string) (*http.Response, []byte, error) {
	r, err := http.NewRequest(method, *s.service.Load()+path, strings.NewReader(body))
	if err != nil {
		return nil, nil, err
	}
	r.Header.Set("Authorization", "Bearer "+appToken)
	r.Header.Set("Content-Type", "application/json")
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	a, err := s.http.Do(r)
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = a.Body.Close() }()
	text, err := io.ReadAll(a.Body)
	s.asked++
	return a, text, err
}

// want repeats a request while nobody listens, which loses nothing, and returns the
// answer.
func (s *shopper) want(status int, method, path, body string, header ...string) (map[string]any, http.Header, error) {
	var err error
	for range 200 {
		var a *http.Response
		var text []byte
		if a, text, err = s.send(method, path, body, header...); err != nil {
			time.Sleep(50 * time.Millisecond)
			continue
		}
		var object map[string]any
		_ = json.Unmarshal(text, &object)
		if a.StatusCode != status {
			return nil, nil, fmt.Errorf("%w: %s %s: %d %s", errUnexpected, method, path, a.StatusCode, text)
		}
		return object, a.Header, nil
	}
	return nil, nil, fmt.Errorf("nobody listens: %w", err)
}

// flow is a grant from the request to the token, a rotation, and for every second
// one its end.
func (s *shopper) flow() error {
	s.flows++
	key := fmt.Sprintf(`"%d-%d"`, s.number, s.flows)
	grant, _, err := s.want(201, "POST", "/grants", `{"walletAddress":"`+s.wallet.User+`","returnUrl":"https://shop.example/thanks","limits":{"debitAmount":{"value":"130"}}}`, "Idempotency-Key", key)
	if err != nil {
		return err
	}
	id, _ := grant["id"].(string)
	consent, _ := grant["consentUrl"].(string)
	finish, err := control(s.wallet, "/approve?url="+url.QueryEscape(consent))
	if err != nil {
		return err
	}
	link, err := url.Parse(finish)
	if err != nil {
		return err
	}
	_, header, err := s.want(303, "GET", link.RequestURI(), "")
	if err != nil {
		return err
	}
	back, err := url.Parse(header.Get("Location"))
	if err != nil || back.Query().Get("code") == "" {
		return fmt.Errorf("%w: the browser is sent to %s", errUnexpected, header.Get("Location"))
	}
	first, _, err := s.want(200, "POST", "/grants/"+id+"/token", `{"code":"`+back.Query().Get("code")+`"}`)
	if err != nil {
		return err
	}
	second, _, err := s.want(200, "POST", "/grants/"+id+"/token", `{"refused":"`+first["accessToken"].(string)+`"}`)
	if err != nil {
		return err
	}
	if s.flows%8 == 0 {
		s.kept[second["accessToken"].(string)] = true
		return nil
	}
	_, _, err = s.want(204, "DELETE", "/grants/"+id, "")
	return err
}

func control(w walletProcess, path string) (string, error) {
	a, err := http.Get(w.Control + path)
	if err != nil {
		return "", err
	}
	defer func() { _ = a.Body.Close() }()
	text, err := io.ReadAll(a.Body)
	if err == nil && a.StatusCode != http.StatusOK {
		err = fmt.Errorf("%w of the wallet: %d %s", errUnexpected, a.StatusCode, text)
	}
	return string(text), err
}

// shop lets all clients go through flows until ctx is done, and each end its last.
func shop(ctx context.Context, t *testing.T, w walletProcess, service *atomic.Pointer[string], all []*shopper) {
	t.Helper()
	var running sync.WaitGroup
	for i := range all {
		if all[i] == nil {
			all[i] = &shopper{wallet: w, service: service, number: i, kept: map[string]bool{}, http: &http.Client{
				Transport:     &http.Transport{MaxIdleConnsPerHost: 2},
				CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
				Timeout:       time.Minute,
			}}
			t.Cleanup(all[i].http.CloseIdleConnections)
		}
		running.Go(func() {
			for ctx.Err() == nil && all[i].flows < most {
				if err := all[i].flow(); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	running.Wait()
}

// checkTokens compares the tokens that work at the wallet with those that the apps
// have not revoked.
func checkTokens(t *testing.T, w walletProcess, all []*shopper) (flows, asked int) {
	t.Helper()
	text, err := control(w, "/live")
	if err != nil {
		t.Fatal(err)
	}
	var live []string
	if err := json.Unmarshal([]byte(text), &live); err != nil {
		t.Fatal(err)
	}
	kept := 0
	works := map[string]bool{}
	for _, token := range live {
		works[token] = true
	}
	for _, s := range all {
		flows, asked, kept = flows+s.flows, asked+s.asked, kept+len(s.kept)
		for token := range s.kept {
			if !works[token] {
				t.Error("a token of an app does not work")
			}
		}
	}
	if kept != len(live) {
		t.Errorf("%d tokens work, and the apps have %d", len(live), kept)
	}
	if flows < clients {
		t.Errorf("only %d flows", flows)
	}
	return flows, asked
}

// loadTime is how long the load lasts.
func loadTime() time.Duration {
	if *full {
		return 2 * time.Minute
	}
	return 2 * time.Second
}

// TestLoad sends whole flows of 64 clients to `opgrants serve`. Nothing is lost, and
// the process has afterwards the memory and the goroutines that it had before.
func TestLoad(t *testing.T) {
	t.Parallel()
	w, key := startWallet(t)
	s := startServe(t, w, key, filepath.Join(t.TempDir(), "grants.db"), "127.0.0.1:0")
	var service atomic.Pointer[string]
	service.Store(&s.url)
	all := make([]*shopper, clients)
	run := func(d time.Duration) {
		ctx, cancel := context.WithTimeout(t.Context(), d)
		defer cancel()
		shop(ctx, t, w, &service, all)
	}
	began := time.Now()
	run(loadTime() / 4)
	before := s.memory()
	run(loadTime() * 3 / 4)
	took := time.Since(began)
	flows, asked := checkTokens(t, w, all)
	for _, c := range all {
		c.http.CloseIdleConnections()
	}
	after := s.memory()
	time.Sleep(9 * time.Second) // idle connections to the wallet are closed after 8 s at the latest
	goroutines := s.goroutines()
	t.Logf("%d flows, %d requests in %s, %.0f requests per second; memory %d KB after a quarter, %d KB at the end; %d goroutines after",
		flows, asked, took.Round(time.Second), float64(asked)/took.Seconds(), before>>10, after>>10, goroutines)
	if after > before*3/2+16<<20 {
		t.Errorf("the memory grew from %d to %d bytes", before, after)
	}
	if goroutines == 0 || goroutines > 70 { // 32 of them wait for work of the schedule
		t.Errorf("%d goroutines are left:\n%s", goroutines, s.logged()[strings.Index(s.logged(), "SIGQUIT"):])
	}
	for line := range strings.Lines(s.logged()) {
		if strings.Contains(line, `"level":"ERROR"`) {
			t.Fatal(line)
		}
	}
}

// TestBeyondItsLimit checks that what is too much is refused at once, and that the
// requests under way are answered.
func TestBeyondItsLimit(t *testing.T) {
	t.Parallel()
	w, key := startWallet(t)
	s := startServe(t, w, key, filepath.Join(t.TempDir(), "grants.db"), "127.0.0.1:0", "--max-requests", fmt.Sprint(limit))
	if _, err := control(w, "/slow"); err != nil {
		t.Fatal(err)
	}
	var service atomic.Pointer[string]
	service.Store(&s.url)
	var running sync.WaitGroup
	var made, busy atomic.Int64
	var slowest atomic.Int64
	for i := range clients {
		running.Go(func() {
			c := &shopper{wallet: w, service: &service, number: i, http: &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}}
			began := time.Now()
			a, text, err := c.send("POST", "/grants", `{"walletAddress":"`+w.User+`","returnUrl":"https://shop.example/thanks","limits":{"debitAmount":{"value":"130"}}}`)
			switch {
			case err != nil:
				t.Error(err)
			case a.StatusCode == 201:
				made.Add(1)
			case a.StatusCode == 503 && a.Header.Get("Retry-After") != "":
				busy.Add(1)
				for {
					took, old := int64(time.Since(began)), slowest.Load()
					if took <= old || slowest.CompareAndSwap(old, took) {
						break
					}
				}
			default:
				t.Errorf("%d %s", a.StatusCode, text)
			}
		})
	}
	running.Wait()
	t.Logf("%d of %d requests were refused, the slowest after %s", busy.Load(), clients, time.Duration(slowest.Load()).Round(time.Millisecond))
	if made.Load() < limit || busy.Load() == 0 || made.Load()+busy.Load() != clients {
		t.Errorf("%d were made and %d refused", made.Load(), busy.Load())
	}
	if slowest.Load() > int64(2*time.Second) {
		t.Error("a refusal waited for the requests under way")
	}
}

// TestAStopInTheMiddleLosesNothing stops the process twice while 64 clients are in
// the middle of their flows, and starts it again.
func TestAStopInTheMiddleLosesNothing(t *testing.T) {
	t.Parallel()
	w, key := startWallet(t)
	file, listen := filepath.Join(t.TempDir(), "grants.db"), freeAddress(t)
	s := startServe(t, w, key, file, listen)
	var service atomic.Pointer[string]
	service.Store(&s.url)
	all := make([]*shopper, clients)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); shop(ctx, t, w, &service, all) }()
	for range 2 {
		time.Sleep(loadTime() / 4)
		code, took := s.end(syscall.SIGTERM)
		t.Logf("it stopped in %s", took.Round(time.Millisecond))
		if code != 0 {
			t.Errorf("it ended with %d:\n%s", code, s.logged())
		}
		s = startServe(t, w, key, file, listen)
	}
	time.Sleep(loadTime() / 4)
	cancel()
	<-ended
	flows, asked := checkTokens(t, w, all)
	t.Logf("%d flows, %d requests, 2 stops", flows, asked)
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}
