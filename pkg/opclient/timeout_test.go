package opclient

import (
	"context"
	"net/http"
	"testing"
	"time"
)

// byContext is a call of each way in which the client sends a request.
var byContext = map[string]func(context.Context, *Client, string) error{
	"a read over redirects": func(ctx context.Context, c *Client, url string) error {
		_, err := c.WalletAddress(ctx, url)
		return err
	},
	"a read": func(ctx context.Context, c *Client, url string) error {
		_, err := c.IncomingPayment(ctx, url+"/incoming-payments/1", "TOKEN")
		return err
	},
	"a list": func(ctx context.Context, c *Client, url string) error {
		_, err := c.FindOutgoingPayment(ctx, alice(url), "TOKEN", &Quote{ID: url + "/quotes/1"})
		return err
	},
	"a grant request": func(ctx context.Context, c *Client, url string) error {
		_, err := c.RequestGrant(ctx, url, outgoing())
		return err
	},
	"a continue": func(ctx context.Context, c *Client, url string) error {
		_, err := c.Continue(ctx, Continue{URI: url, Token: "C"}, "ref")
		return err
	},
	"a cancel": func(ctx context.Context, c *Client, url string) error {
		return c.Cancel(ctx, Continue{URI: url, Token: "C"})
	},
	"a payment": func(ctx context.Context, c *Client, url string) error {
		_, err := c.CreateOutgoingPayment(ctx, alice(url), "TOKEN", OutgoingPaymentRequest{QuoteID: "https://wallet.example/quotes/1"})
		return err
	},
}

func TestTheEarlierOfContextAndTimeoutEndsARequest(t *testing.T) {
	t.Parallel()
	const soon, late = 200 * time.Millisecond, time.Minute
	for name, limits := range map[string]struct{ context, timeout time.Duration }{
		"the context":                     {soon, late},
		"the context, before the default": {soon, 0},
		"the timeout":                     {late, soon},
		"the timeout alone":               {0, soon},
	} {
		for call, do := range byContext {
			for part, head := range map[string]string{"header": "", "body": "{"} {
				t.Run(name+" ends "+call+" in its "+part, func(t *testing.T) {
					t.Parallel()
					s := newServer(t, func(w http.ResponseWriter, r *http.Request) {
						if head != "" {
							_, _ = w.Write([]byte(head))
							_ = http.NewResponseController(w).Flush()
						}
						<-r.Context().Done()
					})
					client := newClient(t, func(c *Config) { c.Timeout = limits.timeout })
					ctx := context.Background()
					if limits.context > 0 {
						var cancel context.CancelFunc
						ctx, cancel = context.WithTimeout(ctx, limits.context)
						defer cancel()
					}
					begin := time.Now()
					wantClasses(t, do(ctx, client, s.URL), ErrOutcomeUnknown, ErrTimeout)
					if took := time.Since(begin); took < soon*9/10 || took > defaultTimeout/2 {
						t.Errorf("it took %s", took)
					}
					if n := len(s.requests()); n != 1 {
						t.Errorf("%d requests were sent", n)
					}
				})
			}
		}
	}
}
