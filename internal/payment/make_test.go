package payment_test

import (
	"testing"
	"time"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/payment"
)

func TestAPaymentArrivesAndIsCompleted(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, l *life) {
		id := l.granted(t, limited("5000"))
		p := l.mustMake(t, id, l.pays("1000"), "key-1")
		wantStatus(t, p, payment.Completed)
		if l.made() != 1 || l.arrivedAt(p.Receiver) != 1000 || p.ReceivedAmount.Value != "1000" || p.OutgoingPayment == "" {
			t.Errorf("%+v, %d made, %d arrived", p, l.made(), l.arrivedAt(p.Receiver))
		}
		if it := l.items.look(t, id); it.Flight != nil {
			t.Error("the grant is not free")
		}
	})
}

func TestACheckoutIsTwoCalls(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, l *life) {
		id, code := l.consented(t, grant.Request{Payment: &grant.CheckoutRequest{To: l.shop, ReceiveAmount: amount("1000"), Description: "Coffee"}})
		p, replayed, err := l.Make(t.Context(), owner, id, payment.Request{Code: code}, "key-1", 5*time.Second)
		if err != nil || replayed {
			t.Fatalf("%v, %v", err, replayed)
		}
		wantStatus(t, p, payment.Completed)
		again, replayed, err := l.Make(t.Context(), owner, id, payment.Request{}, "key-2", 5*time.Second)
		if err != nil || !replayed || again.ID != p.ID || l.made() != 1 {
			t.Errorf("%s, %v, %v, %d made", describe(again), replayed, err, l.made())
		}
	})
}
