package exit

import "errors"

// payAgain cannot pay twice: a wallet pays a quote once.
const payAgain = "opgrants pay --quote QUOTE_URL"

// Next returns the command to try after command, such as "opgrants pay", has ended
// with err. It is the one that the error names, or else the usual one after its code.
func Next(err error, command string) string {
	var e *Error
	if errors.As(err, &e) && e.Next != "" {
		return e.Next
	}
	switch Of(err) {
	case Key, UnknownWallet, KeyRefused, WalletRefused, WalletFailed:
		return "opgrants doctor"
	case Interrupted:
		if command == "opgrants pay" { // the payment may have been made
			return payAgain
		}
		return command
	case NotInteractive, UserRefused, WrongHash, TimedOut, Left, OutcomeUnknown:
		return command
	case PaymentUnknown:
		return payAgain
	case PaymentFailed:
		return "opgrants pay"
	case NotRunning:
		return "opgrants serve"
	}
	return command + " --help"
}
