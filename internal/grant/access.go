package grant

import (
	"fmt"

	"github.com/opgrants/opgrants/pkg/opclient"
)

// access returns what the wallet is asked for.
func (r Request) access(wallet *opclient.WalletAddress, checkout *Checkout) ([]opclient.Access, error) {
	if r.Subject {
		return nil, nil
	}
	limits, err := r.Limits.of(wallet)
	if err != nil {
		return nil, err
	}
	if checkout != nil {
		limits = &opclient.Limits{Receiver: checkout.Receiver, DebitAmount: &checkout.Limit}
	}
	granted := r.Actions
	if granted == nil {
		granted = []string{"create", "read", "list"}
	}
	access := []opclient.Access{{Type: opclient.TypeOutgoingPayment, Actions: granted, Identifier: wallet.ID, Limits: limits}}
	if r.Quote || checkout != nil {
		access = append(access, opclient.Access{Type: opclient.TypeQuote, Actions: []string{"create", "read"}})
	}
	return access, nil
}

// check refuses what can be refused without asking the wallet.
func (l *LimitsRequest) check() error {
	if l == nil {
		return nil
	}
	if l.DebitAmount != nil && l.ReceiveAmount != nil {
		return Invalid("limits.receiveAmount", "Limit either what is debited or what is received: leave out debitAmount or receiveAmount.")
	}
	if l.DebitAmount == nil && l.ReceiveAmount == nil {
		switch { // a consent without any limit must be asked for by its name
		case l.Interval != "":
			return Invalid("limits.interval", "It repeats an amount: give debitAmount or receiveAmount too.")
		case l.Receiver == "":
			return Invalid("limits", "They limit nothing: give debitAmount, receiveAmount or receiver; or \"unlimited\": true for a consent without any limit.")
		}
	}
	if a := l.ReceiveAmount; a != nil && (a.AssetCode == "" || a.AssetScale == nil) {
		return Invalid("limits.receiveAmount", "It needs assetCode and assetScale: those of the receiver.")
	}
	return nil
}

// of completes the limits with the asset of the wallet that is debited.
func (l *LimitsRequest) of(wallet *opclient.WalletAddress) (*opclient.Limits, error) {
	if l == nil {
		return nil, nil
	}
	limits := &opclient.Limits{Receiver: l.Receiver, Interval: l.Interval}
	if a := l.ReceiveAmount; a != nil {
		limits.ReceiveAmount = &opclient.Amount{Value: a.Value, AssetCode: a.AssetCode, AssetScale: *a.AssetScale}
	}
	if a := l.DebitAmount; a != nil {
		if a.AssetCode != "" && a.AssetCode != wallet.AssetCode {
			return nil, Invalid("limits.debitAmount.assetCode", "The wallet address is in "+wallet.AssetCode+": leave it out, or give that.")
		}
		if a.AssetScale != nil && *a.AssetScale != wallet.AssetScale {
			return nil, Invalid("limits.debitAmount.assetScale", fmt.Sprintf("The wallet address has scale %d: leave it out, or give that.", wallet.AssetScale))
		}
		limits.DebitAmount = &opclient.Amount{Value: a.Value, AssetCode: wallet.AssetCode, AssetScale: wallet.AssetScale}
	}
	return limits, nil
}
