package own_test

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/opgrants/opgrants/pkg/sandbox"
)

const (
	limited  = `{"walletAddress":"https://wallet.example/alice","limits":{"debitAmount":{"value":"5000"}},"quote":true,"returnUrl":"` + returnURL + `","reference":"order-7"}`
	checkout = `{"walletAddress":"https://wallet.example/alice","payment":{"receiveAmount":{"value":"400","assetCode":"USD","assetScale":2},` +
		`"description":"Coffee"},"returnUrl":"` + returnURL + `","reference":"order-7"}`
	subject = `{"walletAddress":"https://wallet.example/alice","subject":true,"returnUrl":"` + returnURL + `"}`

	payShop = `{"to":"https://wallet.example/shop","receiveAmount":{"value":"400","assetCode":"USD","assetScale":2}}`
)

// An asked is a grant as the tests know it.
type asked struct{ ID, ConsentURL, Code string }

// ask asks for a grant.
func (w *world) ask(body string) asked {
	w.Helper()
	answer := do(w.http, request("POST", "/grants", body))
	var g asked
	if err := json.Unmarshal(answer.Body.Bytes(), &g); err != nil || answer.Code != 201 {
		w.Fatalf("%d %s", answer.Code, answer.Body)
	}
	return g
}

// consented is a grant that its user has allowed.
func (w *world) consented(body string) asked {
	w.Helper()
	g := w.ask(body)
	link, err := w.wallet.Approve(g.ConsentURL)
	w.must(err)
	if g.Code = w.finish(link).Get("code"); g.Code == "" {
		w.Fatal("there is no code")
	}
	return g
}

// claimed is a grant that the app can use.
func (w *world) claimed(body string) asked {
	w.Helper()
	g := w.consented(body)
	if answer := do(w.http, request("POST", "/grants/"+g.ID+"/claim", `{"code":"`+g.Code+`"}`)); answer.Code != 200 {
		w.Fatalf("%d %s", answer.Code, answer.Body)
	}
	return g
}

// in is a grant in a status that has no token.
func (w *world) in(status string) asked {
	w.Helper()
	g := w.ask(limited)
	switch status {
	case "pending":
	case "rejected":
		link, err := w.wallet.Refuse(g.ConsentURL)
		w.must(err)
		w.finish(link)
	case "expired":
		time.Sleep(11 * time.Minute)
	case "failed":
		link, err := w.wallet.Approve(g.ConsentURL)
		w.must(err)
		w.wallet.Fail(sandbox.OpContinue, refusing)
		w.finish(link)
	case "revoked":
		do(w.http, request("DELETE", "/grants/"+g.ID, ""))
	}
	var got struct{ Status string }
	if err := json.Unmarshal(do(w.http, request("GET", "/grants/"+g.ID, "")).Body.Bytes(), &got); err != nil || got.Status != status {
		w.Fatalf("the grant is %s and not %s", got.Status, status)
	}
	return g
}

// at returns the path of an operation for a grant and, if there is one in the path,
// an unknown payment.
func at(path, id string) string {
	return strings.NewReplacer("{id}", id, "{payment}", "AAECAwQFBgcICQoLDA0ODw").Replace(path)
}
