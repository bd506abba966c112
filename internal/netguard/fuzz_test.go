package netguard

import (
	"net/netip"
	"strings"
	"testing"
)

func FuzzParseURL(f *testing.F) {
	for _, raw := range []string{"https://wallet.example/alice?a=b", "https://user:sesame@wallet.example/", "https://10.0.0.1/", "https://wallet.example:8443/", "https://[::ffff:10.0.0.1]/", "http://wallet.example/#x", "https://wallet.example/%2e%2e/?"} {
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		u, err := ParseURL(raw, false)
		if err != nil {
			if len(err.Error()) > 200 {
				t.Fatalf("the error is long: %v", err)
			}
			return
		}
		addr, literal := netip.ParseAddr(u.Hostname())
		if u.Scheme != "https" || u.User != nil || u.Port() != "" && u.Port() != "443" || literal == nil && !Public(addr) || u.Fragment != "" || len(raw) > MaxURL {
			t.Fatalf("%q is accepted", raw)
		}
		if sent := "https://" + u.Host + u.RequestURI(); sent != raw && sent != raw+"/" && !strings.Contains(raw, "?") && !strings.EqualFold(sent[:5], raw[:5]) {
			t.Fatalf("%q would be sent as %q", raw, sent)
		}
	})
}
