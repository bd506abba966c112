package opclient

import "context"

// SpentAmounts is what was paid under a grant, in its current interval if it has
// one. Both are nil before the first payment, and "0" after one that was
// cancelled.
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

// amountOrNull is nil for null only: an answer of another kind is not "nothing was
// spent".
func (o object) amountOrNull(name string) *Amount {
	if v, ok := o.members[name]; ok && v == nil {
		return nil
	}
	a := o.amount(name)
	return &a
}
