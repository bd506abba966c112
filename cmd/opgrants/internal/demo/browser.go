package demo

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"time"
)

// A browser keeps cookies and follows redirects, as the browser of a person does.
type browser struct {
	http *http.Client
	// visited has all URLs that the browser opened, in their order.
	visited []*url.URL
}

func newBrowser() *browser {
	jar, _ := cookiejar.New(nil) // never fails
	return &browser{http: &http.Client{
		Jar: jar, Timeout: 45 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// A page is the last answer, which a browser shows.
type page struct {
	url    *url.URL
	status int
	text   string
}

// open opens a link.
func (b *browser) open(ctx context.Context, link string) (*page, error) {
	return b.follow(ctx, http.MethodGet, link, nil)
}

// submit sends a form.
func (b *browser) submit(ctx context.Context, to string, form url.Values) (*page, error) {
	return b.follow(ctx, http.MethodPost, to, form)
}

const (
	maxHops      = 20
	refreshPause = 500 * time.Millisecond
)

// follow sends a request, and follows redirects and Refresh until a page stays.
func (b *browser) follow(ctx context.Context, method, to string, form url.Values) (*page, error) {
	for range maxHops {
		p, next, err := b.hop(ctx, method, to, form)
		if err != nil || next == nil {
			return p, err
		}
		if p.status/100 != 3 { // the page loads again by itself, after a pause
			select {
			case <-ctx.Done():
				return nil, ctx.Err()
			case <-time.After(refreshPause):
			}
		}
		method, to, form = http.MethodGet, next.String(), nil
	}
	return nil, fmt.Errorf("the browser was sent on %d times", maxHops)
}

func (b *browser) hop(ctx context.Context, method, to string, form url.Values) (p *page, next *url.URL, err error) {
	r, err := http.NewRequestWithContext(ctx, method, to, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, nil, err
	}
	r.Header.Set("Accept", "text/html,*/*;q=0.8")
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	b.visited = append(b.visited, r.URL)
	answer, err := b.http.Do(r)
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(answer.Body, 4<<20))
	if err != nil {
		return nil, nil, err
	}
	p = &page{url: r.URL, status: answer.StatusCode, text: string(text)}
	if again := answer.Header.Get("Refresh"); again != "" {
		_, to, _ := strings.Cut(again, "url=") // "": the same page
		next, err = r.URL.Parse(to)
		return p, next, err
	}
	if location := answer.Header.Get("Location"); answer.StatusCode/100 == 3 && location != "" {
		next, err = r.URL.Parse(location)
	}
	return p, next, err
}

// last is the last visited URL with the prefix.
func (b *browser) last(prefix string) (string, error) {
	for i := len(b.visited) - 1; i >= 0; i-- {
		if link := b.visited[i].String(); strings.HasPrefix(link, prefix) {
			return link, nil
		}
	}
	return "", fmt.Errorf("the browser was never sent to %s", prefix)
}

// check returns an error unless the page has the status, is at the origin and has
// each of the texts.
func (p *page) check(status int, origin string, texts ...string) error {
	if !strings.HasPrefix(p.url.String(), origin) || p.status != status {
		return fmt.Errorf("the browser ended at %s%s with %d, not at %s with %d", p.url.Host, p.url.Path, p.status, origin, status)
	}
	for _, text := range texts {
		if !strings.Contains(p.text, text) {
			return fmt.Errorf("the page at %s does not say %q", p.url.Host, text)
		}
	}
	return nil
}
