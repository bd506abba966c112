// Command monthly is an app that asks a user for consent to payments of 5.00 USD a
// month. It uses the client library, and a sandbox wallet that it starts itself. A few
// lines at the end play the user and her browser.
package main

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"log"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"

	"github.com/opgrants/opgrants/pkg/opclient"
	"github.com/opgrants/opgrants/pkg/sandbox"
)

func main() {
	if err := run(context.Background()); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context) error {
	wallet, client, err := startWallet()
	if err != nil {
		return err
	}
	defer func() { _ = wallet.Close() }()

	a := &app{client: client, user: wallet.URL() + "/alice", sessions: map[string]*session{}}
	server := httptest.NewServer(a.routes())
	defer server.Close()
	a.url = server.URL

	browser, err := visit(ctx, wallet, a.url)
	if err != nil {
		return err
	}
	granted := a.sessions[browser].granted
	token := granted.Token
	limits := token.Access[0].Limits
	fmt.Println("the token works:", wallet.Active(string(token.Value)))
	fmt.Println("for", limits.DebitAmount.Value, "cents of", limits.DebitAmount.AssetCode, limits.Interval)

	// The token expires after ten minutes. The grant lives much longer.
	rotated, err := client.Rotate(ctx, token)
	if err != nil {
		return err
	}
	fmt.Println("rotated, the old one works:", wallet.Active(string(token.Value)),
		"the new one:", wallet.Active(string(rotated.Value)))
	return client.Cancel(ctx, granted.Continue)
}

// startWallet starts a sandbox with the wallet of Alice, and makes the shop's client.
func startWallet() (*sandbox.Server, *opclient.Client, error) {
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		return nil, nil, err
	}
	wallet, err := sandbox.Start(sandbox.Config{Wait: -1})
	if err != nil {
		return nil, nil, err
	}
	shop, errShop := wallet.AddWallet(sandbox.Wallet{Name: "shop", PublicName: "A shop", Keys: []sandbox.JWK{sandbox.NewJWK("key-1", public)}})
	_, errAlice := wallet.AddWallet(sandbox.Wallet{Name: "alice", PublicName: "Alice"})
	client, errClient := opclient.New(opclient.Config{
		WalletAddress: shop, KeyID: "key-1", Key: private,
		InsecureAllowLocal: true, // the sandbox is on this machine
	})
	return wallet, client, errors.Join(errShop, errAlice, errClient)
}

// visit is a browser that subscribes, consents at the wallet, comes back, and reloads the
// page. It returns the id of its session.
func visit(ctx context.Context, wallet *sandbox.Server, shop string) (session string, err error) {
	jar, _ := cookiejar.New(nil) // it cannot fail
	browser := &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	consentURL, cookies, err := open(ctx, browser, shop+"/subscribe")
	if err != nil {
		return "", err
	}
	finish, err := wallet.Approve(consentURL)
	if err != nil {
		return "", err
	}
	fmt.Println("Alice said yes")
	for range 2 {
		if _, _, err := open(ctx, browser, finish); err != nil {
			return "", err
		}
	}
	return cookies[0].Value, nil
}

// open opens a page, and returns where it redirects to and the cookies that it sets.
func open(ctx context.Context, browser *http.Client, url string) (location string, cookies []*http.Cookie, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return "", nil, err
	}
	answer, err := browser.Do(r)
	if err != nil {
		return "", nil, err
	}
	return answer.Header.Get("Location"), answer.Cookies(), answer.Body.Close()
}
