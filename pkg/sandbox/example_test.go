package sandbox_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/opgrants/opgrants/pkg/httpsig"
	"github.com/opgrants/opgrants/pkg/sandbox"
)

// A shop asks to spend up to 1.30 USD, the user allows it, and the browser comes
// back. Package opclient has the client's part of it.
func Example() {
	wallet, err := sandbox.Start(sandbox.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = wallet.Close() }()

	public, private, _ := ed25519.GenerateKey(rand.Reader)
	alice, _ := wallet.AddWallet(sandbox.Wallet{Name: "alice", PublicName: "Alice"})
	shop, _ := wallet.AddWallet(sandbox.Wallet{Name: "shop", PublicName: "A shop", Keys: []sandbox.JWK{sandbox.NewJWK("key-1", public)}})

	body := `{"access_token":{"access":[{"type":"outgoing-payment","actions":["create"],"identifier":"` + alice + `",` +
		`"limits":{"debitAmount":{"value":"130","assetCode":"USD","assetScale":2}}}]},"client":"` + shop + `",` +
		`"interact":{"start":["redirect"],"finish":{"method":"redirect","uri":"https://shop.example/thanks","nonce":"n"}}}`
	r, _ := http.NewRequest(http.MethodPost, wallet.AuthServer(), strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	if err := (&httpsig.Signer{KeyID: "key-1", Key: private}).Sign(r); err != nil {
		fmt.Println(err)
		return
	}
	a, err := http.DefaultClient.Do(r)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer a.Body.Close()
	answer, _ := io.ReadAll(a.Body)

	_, rest, _ := strings.Cut(string(answer), `"redirect":"`)
	consentURL, _, _ := strings.Cut(rest, `"`)
	finishURL, err := wallet.Approve(consentURL) // what a user does in the browser
	if err != nil {
		fmt.Println(err)
		return
	}
	back, _ := url.Parse(finishURL)
	fmt.Println(back.Host, back.Path, back.Query().Has("hash"), back.Query().Has("interact_ref"))
	fmt.Println(wallet.Stats().GrantRequests, "grant request")
	// Output:
	// shop.example /thanks true true
	// 1 grant request
}
