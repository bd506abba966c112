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
		{`"nonce":"nonce & <x> é"`, `"nonce":"REDACTED"`}, {`"nonce":"nonce & <x> é"`, `"nonce":"a\nb"`}, {`"CONT"`, `"REDACTED"`}, {`"748D38A0"`, `"REDACTED"`},
		{`"748D38A0"`, `""`}, {`"748D38A0"`, `null`}, {`"748D38A0"`, `"a\nb"`}, {`"748D38A0"`, `"` + strings.Repeat("x", 5000) + `"`},
		{`"CONT"`, `"two sesame"`}, {`"CONT"`, `""`}, {`"5s"`, `"-5s"`}, {`"5s"`, `"-1ns"`}, {`"5s"`, `"1h0m0.000000001s"`}, {`"5s"`, `"5"`}, {`"5s"`, `"2h"`}, {`"5s"`, `5`},
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

func TestTheLimitsOfAPendingGrantAreExact(t *testing.T) {
	at := func(year int) time.Time { return time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC) }
	for name, c := range map[string]struct {
		change func(g *PendingGrant)
		good   bool
	}{
		"the longest token":  {func(g *PendingGrant) { g.Continue.Token = Secret(strings.Repeat("x", maxToken)) }, true},
		"a longer token":     {func(g *PendingGrant) { g.Continue.Token = Secret(strings.Repeat("x", maxToken+1)) }, false},
		"the longest finish": {func(g *PendingGrant) { g.Pending.Finish = Secret(strings.Repeat("x", maxText)) }, true},
		"a longer finish":    {func(g *PendingGrant) { g.Pending.Finish = Secret(strings.Repeat("x", maxText+1)) }, false},
		"the first year":     {func(g *PendingGrant) { g.NotBefore = at(1970) }, true},
		"a year before":      {func(g *PendingGrant) { g.NotBefore = at(1969) }, false},
		"the last year":      {func(g *PendingGrant) { g.NotBefore = at(9999) }, true},
		"a year after":       {func(g *PendingGrant) { g.NotBefore = at(10000) }, false},
		"no wait":            {func(g *PendingGrant) { g.Continue.Wait = 0 }, true},
		"the longest wait":   {func(g *PendingGrant) { g.Continue.Wait = maxWait }, true},
		"a longer wait":      {func(g *PendingGrant) { g.Continue.Wait = maxWait + 1 }, false},
	} {
		want := pendingGrant()
		c.change(&want)
		stored, err := want.MarshalBinary()
		if (err == nil) != c.good {
			t.Errorf("%s: got %v", name, err)
		}
		var got PendingGrant
		if c.good && (got.UnmarshalBinary(stored) != nil || got != want) {
			t.Errorf("%s: is read back as %#v", name, got)
		}
	}
}

func TestTheLargestPendingGrantIsRead(t *testing.T) {
	stored, err := pendingGrant().MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	stored = append(stored, strings.Repeat(" ", maxPendingGrant-len(stored))...)
	var g PendingGrant
	if err := g.UnmarshalBinary(stored); err != nil {
		t.Error(err)
	}
	if err := g.UnmarshalBinary(append(stored, ' ')); err == nil || !strings.Contains(err.Error(), "larger than 32 KiB") {
		t.Errorf("got %v", err)
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
