package faults

import (
	"fmt"
	"strings"
	"testing"

	"github.com/opgrants/opgrants/internal/power"
	"github.com/opgrants/opgrants/test/faults/world"
)

// Whichever powers a caller has, it pays nobody who is not allowed, and pays somebody only
// with the power to pay.
func TestNobodyPaysAPayeeThatIsNotAllowed(t *testing.T) {
	t.Parallel()
	h := &harness{open: stores["bolt"](t)}
	for i, listed := range []string{"", "friend", "shop"} {
		for n := range 1 << len(power.All()) {
			if !*full && (n+i)%3 != 0 { // with each setting and each set of powers once
				continue
			}
			var powers power.Set
			for bit, p := range power.All() {
				if n>>bit&1 == 1 {
					powers = append(powers, p)
				}
			}
			t.Run(fmt.Sprintf("payees %q, powers %s", listed, powers), func(t *testing.T) { h.attack(t, listed, powers) })
		}
	}
}

// attack lets a caller with these powers try each way to pay, from grants that an app
// has asked for which may do all. listed is who is in PAYEES; "": nobody.
func (h *harness) attack(t *testing.T, listed string, powers power.Set) {
	s, _ := h.start(t, operation{body: world.Allowance, pays: true})
	allowed := []string{s.Client}
	if payee := map[string]string{"friend": s.Friend, "shop": s.Client}[listed]; payee != "" {
		s.Paying.Payees, allowed = []string{payee}, append(allowed, payee)
	}
	only := append(power.Set{}, powers...)
	paid := map[bool]int{} // by whether the payee is allowed
	for _, payee := range []string{s.Robber, s.Friend, s.Client} {
		invoice, err := s.Invoice(payee)
		if err != nil {
			t.Fatal(err)
		}
		for _, body := range []string{
			fmt.Sprintf(`{"to":"%s","receiveAmount":{"value":"130"}}`, payee),
			fmt.Sprintf(`{"to":"%s/","debitAmount":{"value":"130"}}`, payee),
			fmt.Sprintf(`{"to":"%s","debitAmount":{"value":"130"}}`, strings.Replace(payee, "http", "HTTP", 1)),
			fmt.Sprintf(`{"to":"%s"}`, invoice),
			`{}`,
		} {
			for _, asked := range []string{world.Allowance, world.Checkout} {
				o := s.World.NewSession(asked)
				granted(o)
				o.Pays, o.PayKey = body, newKey()
				s.PowersOf(only)
				o.GetToken()
				if a := o.Pay(); a.Status == 201 {
					paid[payee == s.Client || listed == "friend" && payee == s.Friend]++
				}
				s.PowersOf(nil)
			}
		}
		s.PowersOf(only)
		o := s.World.NewSession(world.CheckoutTo(payee))
		o.Request()
		s.PowersOf(nil)
		// Without PAYEES the user decides, who is asked for this payee.
		may := powers.Has(power.Grants) && (payee == s.Client || listed == "" || listed == "friend" && payee == s.Friend)
		if may != (o.ID != "") {
			t.Errorf("the caller may ask a user to pay %s: %v, and has asked: %v", payee, may, o.ID != "")
		}
	}
	s.CheckPayees(allowed...)
	if may := powers.Has(power.Payments); may != (paid[true] > 0) {
		t.Errorf("%d payments, with the powers %s", paid[true], powers)
	}
}
