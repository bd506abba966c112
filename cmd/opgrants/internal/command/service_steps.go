package command

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/cli"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/consent"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/serviceapi"
	"github.com/opgrants/opgrants/internal/config"
	"github.com/opgrants/opgrants/pkg/opclient"
)

const (
	payWait      = 10 * time.Second // for which the service is asked to wait for the payment's end
	longestPause = 10 * time.Second // between two questions about the payment
)

// serviceSteps make a payment through a running service. Each request can be sent again:
// they all have the same Idempotency-Key.
type serviceSteps struct {
	term   *cli.Terminal
	out    *cli.Output
	client *serviceapi.Client

	service  string // its URL
	key      string
	follow   time.Duration
	to       string // who is paid
	returnTo string // where the browser comes back to, without its query
	command  string // opgrants checkout, or opgrants pay
	again    string // the same with its flags, which goes on from here
	mayPay   bool   // a payment was asked for
}

// pay asks for the payment until the service knows it, and follows it until it is
// decided.
func (s *serviceSteps) pay(ctx context.Context, grant string, r serviceapi.PaymentRequest) error {
	until := time.Now().Add(s.follow)
	s.mayPay = true
	var payment *serviceapi.Payment
	for pause := time.Second; ; pause = min(2*pause, longestPause) {
		asked, err := s.askPayment(ctx, grant, r, payment)
		switch {
		case ctx.Err() != nil:
			return s.interrupted()
		case err == nil && asked.IsDecided():
			return s.report(asked)
		case err == nil:
			if payment == nil || payment.Status != asked.Status {
				s.term.Say("The payment is %s. Waiting for its end.", asked.Status)
			}
			payment = asked
		case !mayPass(err):
			return s.explain(err)
		default:
			pause = max(pause, retryAfter(err))
			s.term.Say("Trying again in %s: %v", pause, err)
		}
		if time.Now().Add(pause).After(until) {
			return s.undecided(payment, err)
		}
		if consent.Sleep(ctx, pause) != nil {
			return s.interrupted()
		}
	}
}

// askPayment asks for the payment, or how it stands if it is known.
func (s *serviceSteps) askPayment(ctx context.Context, grant string, r serviceapi.PaymentRequest, known *serviceapi.Payment) (*serviceapi.Payment, error) {
	if known == nil {
		return s.client.Pay(ctx, grant, s.key, r, payWait)
	}
	return s.client.Payment(ctx, grant, known.ID)
}

// mayPass reports whether the same request may succeed later.
func mayPass(err error) bool {
	var p *serviceapi.Problem
	return !errors.As(err, &p) || p.MayPass() && p.Code != "not_granted"
}

func retryAfter(err error) time.Duration {
	var p *serviceapi.Problem
	if errors.As(err, &p) {
		return p.RetryAfter
	}
	return 0
}

// interrupted is the error of a command that was interrupted. Nothing is lost.
func (s *serviceSteps) interrupted() error {
	if s.mayPay {
		return suggest(exit.Interrupted.With("The payment may have been made. The same Idempotency-Key goes on, and cannot pay twice."), s.again)
	}
	return suggest(exit.Interrupted.With("Nothing was paid. The same Idempotency-Key goes on."), s.again)
}

// undecided is the error when the wait is over.
func (s *serviceSteps) undecided(p *serviceapi.Payment, err error) error {
	const safe = "The same Idempotency-Key asks again, and cannot pay twice."
	switch {
	case p != nil:
		return suggest(exit.PaymentUnknown.With("The payment is %s after %s. %s", p.Status, s.follow, safe), s.again)
	case err != nil:
		return suggest(exit.PaymentUnknown.With("%w. %s", err, safe), s.again)
	}
	return suggest(exit.PaymentUnknown.With("%s", safe), s.again)
}

// report prints a payment that is decided, and returns why it is not completed.
func (s *serviceSteps) report(p *serviceapi.Payment) error {
	if err := s.out.Payment(p); err != nil {
		return err
	}
	switch p.Status {
	case serviceapi.Completed:
		s.term.Say("%s left, %s arrived.", formatAmount(p.DebitAmount), formatAmount(p.ReceivedAmount))
		return nil
	case serviceapi.Partial:
		return suggest(exit.PaymentFailed.With("%s of %s arrived, and no more will.", formatAmount(p.ReceivedAmount), formatAmount(p.ReceiveAmount)), "opgrants checkout")
	case serviceapi.Undecided:
		return suggest(exit.PaymentUnknown.With("The wallets did not say within a day. Look at the payer's wallet before you pay again."), s.again)
	}
	if p.Failure == nil {
		return suggest(exit.PaymentFailed.With("Nothing was paid."), "opgrants checkout")
	}
	code, known := failureCodes[p.Failure.Code]
	if !known {
		code = exit.WalletRefused
	}
	return suggest(code.With("Nothing was paid. %s: %s", p.Failure.Code, p.Failure.Detail), "opgrants checkout")
}

// failureCodes are the exit codes of payments that have failed for another reason than
// that the wallet refused them.
var failureCodes = map[string]exit.Code{
	"cancelled_at_wallet": exit.PaymentFailed, "failed_at_wallet": exit.PaymentFailed, "not_made": exit.WalletFailed,
}

func formatAmount(a *serviceapi.Amount) string {
	if a == nil || a.AssetScale == nil {
		return "?"
	}
	return cli.FormatAmount(opclient.Amount{Value: a.Value, AssetCode: a.AssetCode, AssetScale: *a.AssetScale})
}

// amountOf reads a number of minor units that the user gave with flag; "": none.
func amountOf(flag, value string) (*serviceapi.Amount, error) {
	if value == "" {
		return nil, nil
	}
	if _, err := strconv.ParseUint(value, 10, 63); err != nil || strings.HasPrefix(value, "+") {
		return nil, exit.Usage.With("%s: write a whole number of minor units: 130 is 1.30 USD.", flag)
	}
	return &serviceapi.Amount{Value: value}, nil
}

// A commandLine is a command to copy, with the flags that are set.
type commandLine struct{ text strings.Builder }

func newCommandLine(command string) *commandLine {
	l := &commandLine{}
	l.text.WriteString("opgrants " + command)
	return l
}

// add adds a flag, unless it is empty.
func (l *commandLine) add(flag, value string) {
	switch {
	case value == "":
	case value[0] == '-': // as ids may
		l.text.WriteString(" " + flag + "=" + copyable(flag, value))
	default:
		l.text.WriteString(" " + flag + " " + copyable(flag, value))
	}
}

// copyable is the value of a flag as a shell takes it, or … if it may be a secret: then
// whoever goes on writes it again.
func copyable(flag, value string) string {
	shown := config.Describe(value)
	switch flag {
	case "--idempotency-key", "--grant": // random, and no secrets
		return quote(value)
	case "--token-file", "--env-file":
		shown = config.DescribePath(value)
	}
	if shown != strconv.Quote(value) {
		return "…"
	}
	return quote(value)
}

func (l *commandLine) String() string { return l.text.String() }

// quote is a value as a shell takes it.
func quote(value string) string {
	if strings.Trim(value, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.:/@%+=,") == "" {
		return value
	}
	return "'" + strings.ReplaceAll(value, "'", `'\''`) + "'"
}
