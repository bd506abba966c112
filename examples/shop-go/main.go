// Command shop-go is a shop with one button. To be paid it needs two calls and one redirect.
package main

import (
	"bytes"
	"cmp"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"os"
	"sync"
)

type object = map[string]any

var sessions sync.Map // the cookie of a browser → the id of its grant
var page = template.Must(template.New("").Parse(`<!doctype html><title>Coffee</title><main>{{$status := print .status}}{{if not .}}
<h1>Coffee, 4.00 USD</h1><form method="post" action="/buy"><label>Your wallet address <input name="wallet" required></label> <button>Buy</button></form>
{{else if eq $status "completed"}}<h1>Paid. Thank you!</h1>{{else if eq $status "processing" "pending" "503" "504"}}<h1>On its way</h1>
<meta http-equiv="refresh" content="5">{{else}}<h1>Not paid</h1>{{.detail}}{{end}}</main>`))

func opgrants(r *http.Request, path, key string, body object) object {
	text, _ := json.Marshal(body) // texts and a number: it cannot fail
	call, _ := http.NewRequestWithContext(r.Context(), "POST", os.Getenv("OPGRANTS_URL")+path, bytes.NewReader(text))
	call.Header = http.Header{"Authorization": {"Bearer " + os.Getenv("OPGRANTS_TOKEN")}, "Content-Type": {"application/json"}, "Idempotency-Key": {key}}
	answer := object{"status": 503}                                          // if there is none
	if response, err := (&http.Client{Timeout: 40e9}).Do(call); err == nil { // 40 s
		defer response.Body.Close()
		_ = json.NewDecoder(response.Body).Decode(&answer)
	}
	return answer
}

func buy(w http.ResponseWriter, r *http.Request) {
	session, price := rand.Text(), object{"value": "400", "assetCode": "USD", "assetScale": 2}
	grant := opgrants(r, "/grants", rand.Text(), object{"walletAddress": r.FormValue("wallet"), "returnUrl": "http://" + r.Host + "/return",
		"payment": object{"receiveAmount": price, "description": "Coffee"}})
	if grant["consentUrl"] == nil {
		_ = page.Execute(w, grant)
		return
	}
	sessions.Store("session="+session, grant["id"])
	http.SetCookie(w, &http.Cookie{Name: "session", Value: session, HttpOnly: true, SameSite: http.SameSiteLaxMode})
	http.Redirect(w, r, fmt.Sprint(grant["consentUrl"]), http.StatusSeeOther)
}

func comeBack(w http.ResponseWriter, r *http.Request) {
	cookie, _ := r.Cookie("session")
	grant, _ := sessions.Load(cookie.String()) // of this browser's session, never an id from the URL
	_ = page.Execute(w, opgrants(r, fmt.Sprintf("/grants/%v/payments", grant), fmt.Sprint(grant), object{"code": r.FormValue("code")}))
}

func main() {
	http.HandleFunc("GET /", func(w http.ResponseWriter, _ *http.Request) { _ = page.Execute(w, object{}) })
	http.HandleFunc("POST /buy", buy)
	http.HandleFunc("GET /return", comeBack)
	fmt.Println((&http.Server{Addr: "127.0.0.1:" + cmp.Or(os.Getenv("PORT"), "3000"), ReadHeaderTimeout: 40e9}).ListenAndServe())
}
