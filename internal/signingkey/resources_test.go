package signingkey

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/pkg/opclient"
)

// A resource server refuses the signature of the older key in its own words. A call is
// sent again with the newer one, but for a payment: that is sent once, and the next
// call has the newer key.
func TestAResourceServerThatRefusesTheKeyHasItReadAgain(t *testing.T) {
	older, newer := newKey(t, "key-1"), newKey(t, "key-2")
	known := newServer(t, newer)
	var seen atomic.Int32
	resources := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen.Add(1)
		w.Header().Set("Content-Type", "application/json")
		if err := known.verify(r); err != nil {
			w.WriteHeader(http.StatusUnauthorized)
			_, _ = fmt.Fprint(w, `{"error":{"code":"401","description":"Signature validation error: could not find key in list of client keys"}}`)
			return
		}
		w.WriteHeader(http.StatusForbidden)
		_, _ = fmt.Fprint(w, `{"error":{"code":"403","description":"Insufficient Grant"}}`)
	}))
	t.Cleanup(resources.Close)
	wallet := &opclient.WalletAddress{ID: resources.URL + "/alice", AssetCode: "USD", AssetScale: 2, ResourceServer: resources.URL}
	receive := func(c *Client) error {
		_, err := c.CreateIncomingPayment(limited(t), wallet, "token", opclient.IncomingPaymentRequest{})
		return err
	}
	pay := func(c *Client) error {
		_, err := c.CreateOutgoingPayment(limited(t), wallet, "token", opclient.OutgoingPaymentRequest{QuoteID: resources.URL + "/quotes/1"})
		return err
	}
	for _, tt := range []struct {
		name     string
		replaced bool
		first    func(*Client) error
		want     error
		requests int32
	}{
		{"an incoming payment", true, receive, opclient.ErrInsufficientGrant, 2},
		{"an outgoing payment", true, pay, opclient.ErrInvalidSignature, 1},
		{"with the same key again", false, receive, opclient.ErrInvalidSignature, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			source := &shelf{key: older}
			c, _ := newClient(t, source)
			if err := c.Warm(limited(t)); err != nil {
				t.Fatal(err)
			}
			if tt.replaced {
				source.put(newer, nil)
			}
			seen.Store(0)
			err := tt.first(c)
			var told *grant.Error
			if !errors.Is(err, tt.want) || errors.As(err, &told) == tt.replaced || seen.Load() != tt.requests {
				t.Errorf("after %d requests: %v, want %d and %v", seen.Load(), err, tt.requests, tt.want)
			}
			source.mustHaveBeenRead(t, 2)
			if !tt.replaced {
				return
			}
			seen.Store(0)
			if err := pay(c); !errors.Is(err, opclient.ErrInsufficientGrant) || seen.Load() != 1 {
				t.Errorf("the next payment is refused after %d requests: %v", seen.Load(), err)
			}
		})
	}
}
