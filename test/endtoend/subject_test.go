package endtoend

import (
	"net/http"
	"testing"

	"github.com/opgrants/opgrants/pkg/sandbox"
)

func TestAUserProvesThatAWalletAddressIsTheirs(t *testing.T) {
	onEachStore(t, func(t *testing.T, p place) {
		d := deploy(t, newTown(t, sandbox.Config{}), open(t, p))
		asked := call(t, "shop", "POST", d.URL+"/grants", `{"walletAddress":"`+d.alice+`","subject":true,"returnUrl":"`+returnURL+`?order=7"}`)
		if asked.Status != http.StatusCreated {
			t.Fatalf("%d %s", asked.Status, asked.Raw)
		}
		id := asked.text("id")
		code := returned(t, call(t, "", "GET", d.consent(t, asked.text("consentUrl")), "").Location).Get("code")
		if got := call(t, "shop", "GET", d.URL+"/grants/"+id, ""); got.text("status") != "granted" || got.Body["subject"] != nil {
			t.Errorf("the subject is told without the code: %s", got.Raw)
		}
		got := d.token(t, id, `{"code":"`+code+`"}`)
		if got.Status != http.StatusOK || got.text("subject") != d.alice || len(got.Body) != 2 || d.Stats().TokensIssued != 0 {
			t.Errorf("%d %s", got.Status, got.Raw)
		}
	})
}
