package payment

import (
	"context"
	"log/slog"
	"net/url"
	"time"
)

// A Metric is the name of something that is counted; the unit of each is Count.
// Alarms and dashboards use these names.
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
	PaymentSeconds   Metric = "PaymentSeconds"   // from a payment's preparation until it was decided, in seconds
)

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
	log.Log(ctx, level, "payment "+string(it.state()))
	if metric != "" {
		s.count(ctx, metric, code)
		s.countN(ctx, PaymentSeconds, "", int(s.now().Sub(it.Since.Time())/time.Second))
	}
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
	for _, raw := range []string{it.Receiver, it.Sender} {
		if u, err := url.Parse(raw); err == nil && u.Host != "" {
			return u.Host
		}
	}
	return ""
}
