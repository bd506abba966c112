package payment

import (
	"cmp"
	"context"
	"log/slog"
	"math"
	"net/url"
	"time"
)

// A Metric is the name of something that is counted; the unit of each but
// [PaymentSeconds] is Count. Alarms and dashboards use these names.
type Metric string

// The metrics of payments.
const (
	PaymentSent      Metric = "PaymentSent"      // a wallet said that it has made one
	PaymentUnknown   Metric = "PaymentUnknown"   // the answer to one was lost; it is looked for
	PaymentCompleted Metric = "PaymentCompleted" // it arrived
	PaymentPartial   Metric = "PaymentPartial"   // a part arrived
	PaymentFailed    Metric = "PaymentFailed"    // by code
	PaymentUndecided Metric = "PaymentUndecided" // could not be found out within a day: an operator must look
	PaymentRefused   Metric = "PaymentRefused"   // a request made no payment; by code

	PaymentProcessing Metric = "PaymentProcessing" // the schedule has looked at one for ten minutes, and nobody knows whether it was made
	PaymentSeconds    Metric = "PaymentSeconds"    // from a payment's preparation until it was decided, in seconds, rounded up
)

// longProcessing is how long the answer to a payment may be missing before operators
// are notified.
const longProcessing = 10 * time.Minute

// count counts one event. code is its kind, where there are several.
func (s *Service) count(ctx context.Context, m Metric, code string) { s.countN(ctx, m, code, 1) }

func (s *Service) countN(ctx context.Context, m Metric, code string, n int) {
	if s.Count != nil && n > 0 {
		s.Count(ctx, m, code, n)
	}
}

// report logs and counts what was saved of a payment.
func (s *Service) report(ctx context.Context, it *Item) {
	metric, code := map[state]Metric{stateCompleted: PaymentCompleted, statePartial: PaymentPartial,
		stateFailed: PaymentFailed, stateUndecided: PaymentUndecided}[it.state()], ""
	log := s.logger(it)
	if it.Failure != nil {
		code = it.Failure.Code
		log = log.With(slog.String("code", code))
	}
	level := slog.LevelInfo
	if it.state() == stateUndecided {
		level = slog.LevelError
	}
	if metric != "" {
		seconds := int(max(1, math.Ceil(s.now().Sub(it.Since.Time()).Seconds())))
		log = log.With(slog.Int("seconds", seconds))
		s.count(ctx, metric, code)
		s.countN(ctx, PaymentSeconds, "", seconds)
	}
	log.Log(ctx, level, "payment "+string(it.state()))
}

// reportLong logs and counts a payment that may have been made, and that was not
// found for [longProcessing].
func (s *Service) reportLong(ctx context.Context, it *Item) {
	if it.state() != stateSought || s.now().Sub(it.Since.Time()) < longProcessing {
		return
	}
	s.logger(it).WarnContext(ctx, "it is still not known whether a payment was made", slog.String("wallet_host", hostOf(it.Sender)))
	s.count(ctx, PaymentProcessing, "")
}

func (s *Service) logger(it *Item) *slog.Logger {
	return s.log().With(slog.String("payment_id", it.ID), slog.String("grant_id", it.Grant))
}

func (s *Service) warn(ctx context.Context, it *Item, what string, err error) {
	s.logger(it).WarnContext(ctx, what, slog.Any("error", err))
}

// Host is the host of the payment's receiver, which is asked first; else that of the
// sender's wallet address.
func (it *Item) Host() string {
	return cmp.Or(hostOf(it.Receiver), hostOf(it.Sender))
}

// hostOf is the host of a URL, or "" without one.
func hostOf(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return ""
	}
	return u.Host
}
