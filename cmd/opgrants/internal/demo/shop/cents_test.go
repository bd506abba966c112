package shop

import "testing"

func TestAPriceIsCountedInCents(t *testing.T) {
	for typed, want := range map[string]cents{
		"1.30": 130, "1,3": 130, "1": 100, "0.05": 5, " 007.5 ": 750, "999999.99": 99999999,
		"": 0, "0": 0, "0.00": 0, "1.305": 0, "-1": 0, "1e3": 0, "1,000.50": 0, "1000000": 0, ".5": 0,
	} {
		got, err := parseCents(typed)
		if got != want || (err == nil) != (want != 0) {
			t.Errorf("%q is %d, %v; want %d", typed, got, err, want)
		}
	}
	for minor, want := range map[cents]string{5: "0.05 USD", 50: "0.50 USD", 130: "1.30 USD", 99999999: "999999.99 USD"} {
		if got := minor.String(); got != want {
			t.Errorf("%d is %s, want %s", minor, got, want)
		}
	}
}
