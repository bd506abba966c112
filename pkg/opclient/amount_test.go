package opclient

import (
	"errors"
	"strings"
	"testing"
)

func TestAmountsAreWholeNumbersOfMinorUnits(t *testing.T) {
	for _, value := range []string{"1", "130", "9223372036854775807"} {
		if err := (Limits{DebitAmount: &Amount{value, "USD", 2}}).Check(); err != nil {
			t.Errorf("%s: %v", value, err)
		}
	}
	for _, c := range []struct {
		value string
		scale uint8
		why   string
	}{
		{"", 2, "such as 130"},
		{"0", 2, "at least 1"},
		{"1.30", 2, "with 2 decimals write 130"},
		{"1.3", 2, "with 2 decimals write 130"},
		{"1,30", 2, "with 2 decimals write 130"},
		{"0.05", 2, "with 2 decimals write 5"},
		{"1.30", 9, "with 9 decimals write 1300000000"},
		{"1.3055", 2, "more than the asset's 2 decimals"},
		{"1.300", 2, "without separators"},
		{"1,300", 2, "without separators"},
		{"1,300", 3, "without separators"},
		{"1.300", 9, "without separators"},
		{"12,345", 0, "without separators"},
		{"0,130", 2, "without separators"},
		{"1,3000", 2, "without separators"},
		{"9223372036854775808", 2, "9223372036854775807"},
		{"18446744073709551615", 2, "9223372036854775807"},
		{"130.0", 0, "with 0 decimals write 130"},
		{"0130", 2, "leading zeros: 130"},
		{"+130", 2, "without sign and leading zeros: 130"},
		{"-130", 2, "decimal digits only"},
		{"1e3", 2, "decimal digits only"},
		{"0x10", 2, "decimal digits only"},
		{"1_000", 2, "decimal digits only"},
		{"1 000", 2, "decimal digits only"},
		{" 130", 2, "decimal digits only"},
		{"130\n", 2, "decimal digits only"},
		{"١٣٠", 2, "decimal digits only"},
		{"18446744073709551616", 2, "9223372036854775807"},
		{strings.Repeat("9", 400), 2, "9223372036854775807"},
		{strings.Repeat("9", 400) + ".5", 2, "9223372036854775807"},
		{"92233720368547758.08", 2, "larger than 9223372036854775807"},
		{"1.5", 19, "larger than 9223372036854775807"},
		{"1.5", 255, "larger than 9223372036854775807"},
		{"09223372036854775808", 2, "larger than 9223372036854775807"},
		{"0.00", 2, "at least 1"},
		{strings.Repeat("0", 400) + "1.30", 2, "with 2 decimals write 130"},
	} {
		for field, limits := range map[string]Limits{
			"limits.debitAmount.value":   {DebitAmount: &Amount{c.value, "USD", c.scale}},
			"limits.receiveAmount.value": {ReceiveAmount: &Amount{c.value, "USD", c.scale}},
		} {
			err := limits.Check()
			invalid, ok := errors.AsType[*InvalidError](err)
			if !ok || invalid.Field != field || !strings.Contains(invalid.Reason, c.why) {
				t.Errorf("%q: got %v, want %s: … %s", c.value, err, field, c.why)
			}
		}
	}
}

func TestWhatArrivedIsEnoughFromTheExpectedAmountOn(t *testing.T) {
	want := Amount{"1000", "USD", 2}
	for got, enough := range map[Amount]bool{
		{"1000", "USD", 2}:                 true,
		{"1001", "USD", 2}:                 true,
		{"18446744073709551615", "USD", 2}: true,
		{"999", "USD", 2}:                  false,
		{"0", "USD", 2}:                    false,
		{"1000", "EUR", 2}:                 false,
		{"1000", "USD", 3}:                 false,
		{"9", "USD", 2}:                    false,
		{"01000", "USD", 2}:                false,
		{"18446744073709551616", "USD", 2}: false,
		{"", "USD", 2}:                     false,
		{}:                                 false,
	} {
		if got.AtLeast(want) != enough {
			t.Errorf("%+v: enough is %v", got, !enough)
		}
	}
	if (Amount{}).AtLeast(Amount{}) || (Amount{"1", "", 2}).AtLeast(Amount{"1", "", 2}) || (Amount{"1", "USD", 2}).AtLeast(Amount{"x", "USD", 2}) {
		t.Error("an amount that is none is not enough")
	}
}
