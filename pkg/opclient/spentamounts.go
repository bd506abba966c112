package opclient

import "context"

// SpentAmounts is what was paid under a grant, in its current interval if it has
// one. An amount is nil as long as there is none.
type SpentAmounts struct {
	Debit   *Amount `json:"spentDebitAmount"`
	Receive *Amount `json:"spentReceiveAmount"`
}

// SpentAmounts reads what was paid under the grant for outgoing payments that the
// token belongs to. Of the wallet its ResourceServer is used.
func (c *Client) SpentAmounts(ctx context.Context, wallet *WalletAddress, token Secret) (*SpentAmounts, error) {
	url, err := below("resourceServer", wallet.ResourceServer, "/outgoing-payment-grant")
	if err != nil {
		return nil, err
	}
	return resource(ctx, c, reading("read the grant's spent amounts", url, token), func(o object) SpentAmounts {
		return SpentAmounts{Debit: o.amountOrNull("spentDebitAmount"), Receive: o.amountOrNull("spentReceiveAmount")}
	})
}

// amountOrNull is an amount that must be told, be it as null.
func (o object) amountOrNull(name string) *Amount {
	if v, ok := o.members[name]; ok && v == nil {
		return nil
	}
	a := o.amount(name)
	return &a
}
