//go:build tools

package shops

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// A naiveShop does what docs/flow-security.md warns of: it looks the grant up by
// the order in the URL, whoever's browser brings it.
type naiveShop struct {
	service string
	grants  sync.Map // order → the id of its grant
}

func (s *naiveShop) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/buy":
		order := rand.Text()
		grant := s.call(r, "/grants", order, map[string]any{"walletAddress": r.FormValue("wallet"),
			"payment":   map[string]any{"receiveAmount": map[string]any{"value": "400", "assetCode": "USD", "assetScale": 2}},
			"returnUrl": "http://" + r.Host + "/return?order=" + order})
		s.grants.Store(order, grant["id"])
		http.Redirect(w, r, fmt.Sprint(grant["consentUrl"]), http.StatusSeeOther)
	case "/return":
		grant, _ := s.grants.Load(r.FormValue("order"))
		payment := s.call(r, fmt.Sprintf("/grants/%v/payments", grant), fmt.Sprint(grant), map[string]any{"code": r.FormValue("code")})
		title := map[any]string{"completed": "Paid. Thank you!", "processing": "On its way", "pending": "On its way"}[payment["status"]]
		if title == "" {
			title = "Not paid"
		}
		fmt.Fprintf(w, `<!doctype html><main>%s</main>`, title)
	default:
		fmt.Fprint(w, `<!doctype html><main><form method="post" action="/buy"><input name="wallet"><button>Buy</button></form></main>`)
	}
}

func (s *naiveShop) call(r *http.Request, path, key string, body map[string]any) (answer map[string]any) {
	text, _ := json.Marshal(body)
	call, _ := http.NewRequestWithContext(r.Context(), http.MethodPost, s.service+path, bytes.NewReader(text))
	call.Header = http.Header{"Authorization": {"Bearer " + token}, "Content-Type": {"application/json"}, "Idempotency-Key": {key}}
	if response, err := (&http.Client{Timeout: 40 * time.Second}).Do(call); err == nil {
		defer response.Body.Close()
		_ = json.NewDecoder(response.Body).Decode(&answer)
	}
	return answer
}

// The same visit that costs nobody anything in the shops of examples/ lets a victim
// pay for the attacker's order here. See rule 9 in ARCHITECTURE.md.
func TestAVictimPaysForAnAttackerInANaiveShop(t *testing.T) {
	w := newTown(t)
	shop := httptest.NewServer(&naiveShop{service: w.service})
	t.Cleanup(shop.Close)
	saw := w.visit(t, shop.URL)
	if !strings.Contains(saw.Paid.Text, "Paid") || !strings.Contains(saw.VictimSaw.Text, "Paid") {
		t.Errorf("%+v", saw)
	}
	if moved := w.wallet.Ledger(); len(moved) != 2 {
		t.Errorf("the attack does not work: %+v", moved)
	}
}
