package opclient

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

const incomingAnswer = `{"id":"https://wallet.example/incoming-payments/1","walletAddress":"https://wallet.example/alice","completed":false,` +
	`"incomingAmount":{"value":"2500","assetCode":"USD","assetScale":2},"receivedAmount":{"value":"0","assetCode":"USD","assetScale":2},` +
	`"expiresAt":"2026-02-03T23:20:50.52Z","createdAt":"2026-01-12T23:20:50+01:00","metadata":{"externalRef":"INV-1","n":1e3},` +
	`"methods":[{"type":"ilp","ilpAddress":"g.ilp.iwuyge987y.98y08y","sharedSecret":"1c7eaXa4rd2fFOBl1iydvCT1tV5TbM3RW1WLCafu_JA"}]}`

func TestCreateIncomingPaymentAsksForIt(t *testing.T) {
	for name, c := range map[string]struct {
		r    IncomingPaymentRequest
		want string
	}{
		"nothing more": {IncomingPaymentRequest{}, `}`},
		"everything": {
			IncomingPaymentRequest{
				IncomingAmount: &Amount{"2500", "USD", 2},
				ExpiresAt:      time.Date(2026, 2, 3, 4, 5, 6, 7e6, time.FixedZone("", 3600)),
				Metadata:       map[string]any{"externalRef": "INV & <1>"},
			},
			`,"incomingAmount":{"value":"2500","assetCode":"USD","assetScale":2},"expiresAt":"2026-02-03T03:05:06.007Z","metadata":{"externalRef":"INV & <1>"}}`,
		},
		"empty metadata": {IncomingPaymentRequest{Metadata: map[string]any{}}, `}`},
	} {
		t.Run(name, func(t *testing.T) {
			s := newServer(t, answer(201, incomingAnswer))
			got, err := newClient(t).CreateIncomingPayment(context.Background(), alice(s.URL+"/op"), "TOKEN", c.r)
			if err != nil {
				t.Fatal(err)
			}
			if got.ID != "https://wallet.example/incoming-payments/1" || got.WalletAddress != "https://wallet.example/alice" || got.Completed ||
				*got.IncomingAmount != (Amount{"2500", "USD", 2}) || got.ReceivedAmount != (Amount{"0", "USD", 2}) ||
				!got.ExpiresAt.Equal(time.Date(2026, 2, 3, 23, 20, 50, 52e7, time.UTC)) ||
				!got.CreatedAt.Equal(time.Date(2026, 1, 12, 22, 20, 50, 0, time.UTC)) ||
				fmt.Sprint(got.Metadata) != "map[externalRef:INV-1 n:1e3]" {
				t.Errorf("got %+v", got)
			}
			r := s.only(t)
			if want := `{"walletAddress":"https://wallet.example/alice"` + c.want; string(r.body) != want {
				t.Errorf("the body is\n%s\nwant\n%s", r.body, want)
			}
			if r.Method != "POST" || r.RequestURI != "/op/incoming-payments" || r.Header.Get("Authorization") != "GNAP TOKEN" {
				t.Errorf("sent %s %s %v", r.Method, r.RequestURI, r.Header)
			}
			verify(t, r)
		})
	}
}

func TestAnIncomingPaymentThatMakesNoSenseIsNotAskedFor(t *testing.T) {
	s := newServer(t, answer(201, incomingAnswer))
	for name, c := range map[string]struct {
		wallet *WalletAddress
		r      IncomingPaymentRequest
		field  string
	}{
		"a fraction":       {alice(s.URL), IncomingPaymentRequest{IncomingAmount: &Amount{"25.00", "USD", 2}}, "incomingAmount.value"},
		"nothing":          {alice(s.URL), IncomingPaymentRequest{IncomingAmount: &Amount{"0", "USD", 2}}, "incomingAmount.value"},
		"more than 64 bit": {alice(s.URL), IncomingPaymentRequest{IncomingAmount: &Amount{"18446744073709551616", "USD", 2}}, "incomingAmount.value"},
		"no asset":         {alice(s.URL), IncomingPaymentRequest{IncomingAmount: &Amount{"25", "", 2}}, "incomingAmount.assetCode"},
		"the year 10000":   {alice(s.URL), IncomingPaymentRequest{ExpiresAt: time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)}, "expiresAt"},
		"a function":       {alice(s.URL), IncomingPaymentRequest{Metadata: map[string]any{"f": func() {}}}, "metadata"},
		"a pointer wallet": {&WalletAddress{ID: "$wallet.example/alice", ResourceServer: s.URL}, IncomingPaymentRequest{}, "walletAddress"},
	} {
		_, err := newClient(t).CreateIncomingPayment(context.Background(), c.wallet, "TOKEN", c.r)
		if invalid, ok := errors.AsType[*InvalidError](err); !ok || invalid.Field != c.field {
			t.Errorf("%s: got %v, want %s", name, err, c.field)
		}
	}
	if n := len(s.requests()); n != 0 {
		t.Errorf("%d requests were sent", n)
	}
}

func TestAnIncomingPaymentThatIsNotAsOpenPaymentsSays(t *testing.T) {
	for _, c := range []struct{ old, new, why string }{
		{`"id":"https://wallet.example/incoming-payments/1",`, ``, "id is missing"},
		{`https://wallet.example/incoming-payments/1`, `1`, "id must be an absolute URL"},
		{`https://wallet.example/alice`, `javascript:alert(1)`, "walletAddress must be an absolute URL"},
		{`"completed":false`, `"completed":"no"`, "completed must be true or false"},
		{`"incomingAmount":{`, `"incomingAmount":7,"x":{`, "incomingAmount must be an object"},
		{`"value":"2500"`, `"value":2500`, "incomingAmount.value must be a string"},
		{`"value":"2500"`, `"value":"-1"`, "incomingAmount.value must be a whole number"},
		{`"receivedAmount"`, `"x"`, "receivedAmount is missing"},
		{`"assetScale":2},"expiresAt"`, `"assetScale":-1},"expiresAt"`, "receivedAmount.assetScale must be a whole number"},
		{`"2026-02-03T23:20:50.52Z"`, `"2026-02-03"`, "expiresAt must be a date and time"},
		{`"createdAt":"2026`, `"createdAt":"26`, "createdAt must be a date and time"},
	} {
		s := newServer(t, answer(201, edit(t, incomingAnswer, c.old, c.new)))
		_, err := newClient(t).CreateIncomingPayment(context.Background(), alice(s.URL), "TOKEN", IncomingPaymentRequest{})
		if !errors.Is(err, ErrInvalidAnswer) || !errors.Is(err, ErrOutcomeUnknown) || !strings.Contains(err.Error(), c.why) {
			t.Errorf("%s for %s: got %v, want an invalid answer with %q", c.new, c.old, err, c.why)
		}
		if invalid, ok := errors.AsType[*InvalidError](err); ok {
			t.Errorf("the server's fault is shown as the caller's: %v", invalid)
		}
	}
}

func TestAnIncomingPaymentNeedsNeitherAmountNorExpiryNorKnownMethods(t *testing.T) {
	text := strings.NewReplacer(`"incomingAmount"`, `"x"`, `"expiresAt"`, `"y"`, `"metadata"`, `"z"`, `"methods":[`, `"methods":[{"type":"card"},`).Replace(incomingAnswer)
	s := newServer(t, answer(200, text))
	got, err := newClient(t).IncomingPayment(context.Background(), s.URL, "TOKEN")
	if err != nil || got.IncomingAmount != nil || !got.ExpiresAt.IsZero() || got.Metadata != nil {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestThePublicPartOfAnIncomingPaymentIsReadUnsigned(t *testing.T) {
	s := newServer(t, answer(200, `{"receivedAmount":{"value":"5","assetCode":"USD","assetScale":2},"authServer":"SERVER/auth"}`))
	c, err := New(Config{InsecureAllowLocal: true})
	if err != nil {
		t.Fatal(err)
	}
	got, err := c.PublicIncomingPayment(context.Background(), s.URL+"/incoming-payments/1")
	if err != nil || *got.ReceivedAmount != (Amount{"5", "USD", 2}) || got.AuthServer != s.URL+"/auth" {
		t.Errorf("got %+v, %v", got, err)
	}
	r := s.only(t)
	if r.Method != "GET" || r.RequestURI != "/incoming-payments/1" || r.Header.Get("Signature") != "" || r.Header.Get("Signature-Input") != "" || r.Header.Get("Authorization") != "" {
		t.Errorf("sent %s %s %v", r.Method, r.RequestURI, r.Header)
	}
}

func TestThePublicPartMayTellOnlyTheAuthorizationServer(t *testing.T) {
	s := newServer(t, answer(200, `{"authServer":"SERVER/auth"}`))
	got, err := newClient(t).PublicIncomingPayment(context.Background(), s.URL)
	if err != nil || got.ReceivedAmount != nil {
		t.Errorf("got %+v, %v", got, err)
	}
	for _, authServer := range []string{``, `/auth`, `http://u:p@wallet.example/`} {
		s := newServer(t, answer(200, `{"authServer":"`+authServer+`"}`))
		if _, err := newClient(t).PublicIncomingPayment(context.Background(), s.URL); !errors.Is(err, ErrInvalidAnswer) || !errors.Is(err, ErrForbiddenAddress) {
			t.Errorf("%q: got %v", authServer, err)
		}
	}
}

func TestCompletingPostsNothingToComplete(t *testing.T) {
	const listed = `"methods"`
	done := strings.NewReplacer(`"completed":false`, `"completed":true`, listed, `"x"`).Replace(incomingAnswer)
	s := newServer(t, answer(200, done))
	got, err := newClient(t).CompleteIncomingPayment(context.Background(), s.URL+"/incoming-payments/1", "TOKEN")
	if err != nil || !got.Completed {
		t.Errorf("got %+v, %v", got, err)
	}
	r := s.only(t)
	if r.Method != "POST" || r.RequestURI != "/incoming-payments/1/complete" || len(r.body) != 0 || r.Header.Get("Authorization") != "GNAP TOKEN" {
		t.Errorf("sent %s %s %q %v", r.Method, r.RequestURI, r.body, r.Header)
	}
	verify(t, r)

	s = newServer(t, answer(200, incomingAnswer))
	_, err = newClient(t).CompleteIncomingPayment(context.Background(), s.URL, "TOKEN")
	wantClasses(t, err, ErrInvalidAnswer, ErrOutcomeUnknown)
}

func TestThePaymentMethodsSecretIsNotKept(t *testing.T) {
	s := newServer(t, answer(200, incomingAnswer))
	p, err := newClient(t).IncomingPayment(context.Background(), s.URL, "TOKEN")
	if err != nil {
		t.Fatal(err)
	}
	held := struct{ P *IncomingPayment }{p}
	for _, v := range []any{p, *p, held, &held, []*IncomingPayment{p}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%d", "%q", "%x"} {
			if text := fmt.Sprintf(verb, v); strings.Contains(text, "1c7eaXa4") {
				t.Errorf("%s of %T: %s", verb, v, text)
			}
		}
	}
}
