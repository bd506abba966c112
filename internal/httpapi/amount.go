package httpapi

import (
	"regexp"

	"github.com/opgrants/opgrants/internal/grant"
)

// ambiguous is a number such as 1,300 or 1.300: it means 1300 in one country and
// 1.3 in another.
var ambiguous = regexp.MustCompile(`^[0-9]+[.,'’_ \x{a0}\x{202f}][0-9]{3}$`)

// checkAmounts refuses amounts that can be read in two ways. It suggests no
// number, because that could be a thousandth of what was meant.
func checkAmounts(l *grant.LimitsRequest) error {
	if l == nil {
		return nil
	}
	if err := checkAmount("limits.debitAmount.value", l.DebitAmount); err != nil {
		return err
	}
	return checkAmount("limits.receiveAmount.value", l.ReceiveAmount)
}

func checkAmount(field string, a *grant.AmountRequest) error {
	if a == nil || !ambiguous.MatchString(a.Value) {
		return nil
	}
	return &grant.Error{Code: grant.CodeInvalid, Field: field,
		Detail: field + " can be read in two ways. Write the whole number of the asset's smallest units, in digits only, without a separator."}
}
