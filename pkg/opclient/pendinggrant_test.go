package opclient

import (
	"encoding"
	"strings"
	"testing"
	"time"
)

var (
	_ encoding.BinaryMarshaler   = PendingGrant{}
	_ encoding.BinaryUnmarshaler = (*PendingGrant)(nil)
)

func pendingGrant() PendingGrant {
	return PendingGrant{
		Pending{"https://auth.example/", "nonce & <x> é", "748D38A0"},
		Continue{"https://auth.example/continue/1?a=b&c", "CONT", 5 * time.Second},
		time.Time{},
	}
}

func TestAPendingGrantIsStoredAndReadBack(t *testing.T) {
	want := pendingGrant()
	stored, err := want.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	var got PendingGrant
	if err := got.UnmarshalBinary(stored); err != nil || got != want {
		t.Errorf("got %#v, %v from %s", got, err, stored)
	}
	want.NotBefore = time.Date(2026, 1, 2, 3, 4, 5, 600, time.UTC)
	if stored, err = want.MarshalBinary(); err != nil {
		t.Fatal(err)
	}
	if err := got.UnmarshalBinary(stored); err != nil || got != want {
		t.Errorf("got %#v, %v from %s", got, err, stored)
	}
}

func TestWhatIsNotAPendingGrantIsNotReadAndNotRepeated(t *testing.T) {
	good, err := pendingGrant().MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ old, new string }{
		{string(good), ``}, {string(good), `null`}, {string(good), `[]`}, {string(good), `{}`}, {string(good), string(good) + `{}`},
		{string(good), `{"URI":"https://auth.example/","Token":"REDACTED","Wait":0}`},
		{`"v":1`, `"v":2`}, {`"v":1,`, ``}, {`"v":1`, `"v":1,"sesame":1`},
		{`"nonce":"nonce`, `"nonce":"REDACTED","x":"`}, {`"CONT"`, `"REDACTED"`}, {`"748D38A0"`, `"REDACTED"`},
		{`"748D38A0"`, `""`}, {`"748D38A0"`, `null`}, {`"748D38A0"`, `"a\nb"`}, {`"748D38A0"`, `"` + strings.Repeat("x", 5000) + `"`},
		{`"CONT"`, `"two sesame"`}, {`"CONT"`, `""`}, {`"5s"`, `"-5s"`}, {`"5s"`, `"5"`}, {`"5s"`, `"2h"`}, {`"5s"`, `5`},
		{`https://auth.example/continue`, `https://sesame.example/continue`}, {`https://auth.example/continue`, `https://u:sesame@auth.example/continue`},
		{`"https://auth.example/"`, `"/sesame"`}, {`"5s"}`, `"5s"`}, {`"5s"}`, `"5s","notBefore":"soon"}`}, {`"5s"}`, `"5s","notBefore":"0001-01-02T00:00:00Z"}`}, {`"CONT"`, `"` + strings.Repeat("x", 40<<10) + `"`},
	} {
		var got PendingGrant
		err := got.UnmarshalBinary([]byte(edit(t, string(good), c.old, c.new)))
		if err == nil || got != (PendingGrant{}) {
			t.Errorf("%.80s: got %#v, %v", c.new, got, err)
		}
		if err != nil && (strings.Contains(err.Error(), "sesame") || strings.Contains(err.Error(), "CONT")) {
			t.Errorf("the error repeats a value: %v", err)
		}
	}
	for name, g := range map[string]PendingGrant{"empty": {}, "without a finish": {Pending{"https://a.example/", "n", ""}, Continue{"https://a.example/c", "t", 0}, time.Time{}}} {
		if text, err := g.MarshalBinary(); err == nil {
			t.Errorf("%s: is stored as %s", name, text)
		}
	}
}

func FuzzPendingGrant(f *testing.F) {
	good, _ := pendingGrant().MarshalBinary()
	f.Add(good)
	f.Fuzz(func(t *testing.T, data []byte) {
		var g PendingGrant
		if g.UnmarshalBinary(data) != nil {
			return
		}
		again, err := g.MarshalBinary()
		if err != nil {
			t.Fatalf("what was read cannot be stored: %v", err)
		}
		var h PendingGrant
		if err := h.UnmarshalBinary(again); err != nil || g != h {
			t.Fatalf("got %#v, %v", h, err)
		}
	})
}
