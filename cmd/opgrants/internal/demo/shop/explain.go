package shop

import (
	"fmt"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/serviceapi"
)

// explain says why a coffee is not paid, for the customer. "": it is paid, or on its way.
func (o *order) explain(c *coffee, p *serviceapi.Payment) string {
	switch p.Status {
	case serviceapi.Partial:
		return "Only " + formatAmount(p.ReceivedAmount) + " of it has arrived here, and no more will. Please talk to us."
	case serviceapi.Undecided:
		return "Your wallet did not tell us whether it paid. Look there before you order again."
	case serviceapi.Failed:
		return o.explainFailure(c, p.Failure)
	}
	return ""
}

func (o *order) explainFailure(c *coffee, f *serviceapi.Failure) string {
	if f == nil {
		return "Nothing was paid."
	}
	switch f.Code {
	case "insufficient_grant":
		if !o.Daily {
			return "Your wallet says that you did not allow it."
		}
		return fmt.Sprintf("You allowed %s a day, and %s of that is spent. %s is left, and this coffee costs %s: your wallet did not let us take it.",
			o.Limit, o.Spent, o.Left(), c.Price)
	case "price_changed":
		return "It would cost more at your wallet now than you agreed to. Nothing was paid: please order again."
	case "failed_at_wallet":
		return "Your wallet could not send it. There may not be enough money in it."
	case "cancelled_at_wallet":
		return "The payment was cancelled at your wallet."
	case "not_made":
		return "Your wallet never got the payment. You can order again."
	}
	return "Nothing was paid. " + f.Detail
}
