package payment

import (
	"testing"
	"time"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/pkg/opclient"
)

// What each piece of evidence proves, and what it does not. See rules 13 and 14 in
// ARCHITECTURE.md.
func TestWhatTheEvidenceProves(t *testing.T) {
	made := time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)
	soon, late := made.Add(time.Second), made.Add(6*time.Minute) // late: a minute after the quote's expiry
	euros := opclient.Amount{Value: "1000", AssetCode: "EUR", AssetScale: 2}
	cents := opclient.Amount{Value: "1000", AssetCode: "USD", AssetScale: 3}
	says := func(failed bool, sent string) *opclient.OutgoingPayment {
		return &opclient.OutgoingPayment{ID: "https://wallet.example/outgoing-payments/1", Failed: failed, SentAmount: usd(sent)}
	}
	cancelled := says(true, "0")
	cancelled.Metadata = map[string]any{"cancellationReason": "the payer changed her mind"}
	got := func(value string, at time.Time) reading { a := usd(value); return reading{received: &a, at: at} }
	of := func(a opclient.Amount) reading { return reading{received: &a, at: soon} }
	own := func(st state) *Item { return sample(st, nil, made) }
	shared := func(st state, before string) *Item {
		it := sample(st, nil, made)
		a := usd(before)
		it.Shared, it.Before = true, &a
		return it
	}
	endless := own(stateSought)
	endless.Quote.Expires = 0
	for name, c := range map[string]struct {
		it   *Item
		e    evidence
		now  time.Time
		want Status // "": nothing new
		code string
	}{
		"all arrived":                          {own(statePending), evidence{receiver: got("1000", soon)}, soon, Completed, ""},
		"one more arrived":                     {own(statePending), evidence{receiver: got("1001", soon)}, soon, Completed, ""},
		"all arrived, before it was found":     {own(stateSought), evidence{receiver: got("1000", soon)}, soon, Completed, ""},
		"all arrived, says it failed":          {own(statePending), evidence{receiver: got("1000", soon), payment: says(true, "0"), readLast: true}, soon, Completed, ""},
		"all arrived, in another asset":        {own(statePending), evidence{receiver: of(euros)}, soon, "", ""},
		"all arrived, in another scale":        {own(statePending), evidence{receiver: of(cents)}, soon, "", ""},
		"says it sent all, nothing arrived":    {own(statePending), evidence{receiver: got("0", late), payment: says(false, "1000")}, late, "", ""},
		"says it sent all, receiver unknown":   {own(statePending), evidence{payment: says(false, "1000")}, soon, "", ""},
		"a part arrived":                       {own(statePending), evidence{receiver: got("340", soon), payment: says(false, "340")}, soon, "", ""},
		"a part arrived, 60 s after expiry":    {own(statePending), evidence{receiver: got("340", late)}, late, Partial, ""},
		"a part arrived, read 59 s after it":   {own(statePending), evidence{receiver: got("340", late.Add(-time.Second))}, late, "", ""},
		"a part arrived, says it failed":       {own(statePending), evidence{receiver: got("680", soon), payment: says(true, "340"), readLast: true}, soon, Partial, ""},
		"a part arrived, read before it said":  {own(statePending), evidence{receiver: got("680", soon), payment: says(true, "340")}, soon, "", ""},
		"failed":                               {own(statePending), evidence{receiver: got("0", soon), payment: says(true, "0"), readLast: true}, soon, Failed, FailureAtWallet},
		"cancelled":                            {own(statePending), evidence{receiver: got("0", soon), payment: cancelled, readLast: true}, soon, Failed, FailureCancelled},
		"failed, receiver read before":         {own(statePending), evidence{receiver: got("0", soon), payment: says(true, "0")}, soon, "", ""},
		"failed, receiver unknown":             {own(statePending), evidence{payment: says(true, "0"), readLast: true}, soon, "", ""},
		"failed, receiver gone":                {own(statePending), evidence{receiver: reading{gone: true}, payment: says(true, "0"), readLast: true}, soon, "", ""},
		"failed, nothing in another asset":     {own(statePending), evidence{receiver: of(opclient.Amount{Value: "0", AssetCode: "EUR", AssetScale: 2}), payment: says(true, "0"), readLast: true}, soon, "", ""},
		"shared: grown, failed after it sent":  {shared(statePending, "0"), evidence{receiver: got("1000", soon), payment: says(true, "1000"), answered: true, readLast: true}, soon, Partial, ""},
		"failed, something sent":               {own(statePending), evidence{receiver: got("0", late), payment: says(true, "340"), readLast: true}, late, "", ""},
		"nothing sent, not failed, for good":   {own(statePending), evidence{receiver: got("0", late), payment: says(false, "0")}, late, "", ""},
		"found":                                {own(stateSought), evidence{receiver: got("0", soon), payment: says(false, "0")}, soon, Pending, ""},
		"not found":                            {own(stateSought), evidence{receiver: got("0", late), readLast: true}, late, "", ""},
		"not in a complete list":               {own(stateSought), evidence{receiver: got("0", late), absent: true, readLast: true}, late, Failed, FailureNotMade},
		"not in the list, and a part arrived":  {own(stateSought), evidence{receiver: got("5", soon), absent: true, readLast: true}, soon, "", ""},
		"not in the list, and all arrived":     {own(stateSought), evidence{receiver: got("1000", late), absent: true, readLast: true}, late, Completed, ""},
		"not in the list, receiver unknown":    {own(stateSought), evidence{absent: true}, late, "", ""},
		"not in the list, receiver gone":       {own(stateSought), evidence{receiver: reading{gone: true}, absent: true, readLast: true}, late, Failed, FailureNotMade},
		"found before, not in the list":        {own(statePending), evidence{receiver: got("0", late), absent: true, readLast: true}, late, "", ""},
		"not found for a day":                  {own(stateSought), evidence{receiver: got("0", late), readLast: true}, made.Add(day), Undecided, ""},
		"not arrived for a day":                {own(statePending), evidence{receiver: got("0", late), payment: says(false, "1000")}, made.Add(day), Undecided, ""},
		"not arrived for nearly a day":         {own(statePending), evidence{receiver: got("0", late), payment: says(false, "1000")}, made.Add(day - 1), "", ""},
		"not in the list, nor any expiry":      {endless, evidence{receiver: got("0", late)}, late, "", ""},
		"shared: grown, says it sent":          {shared(statePending, "600"), evidence{receiver: got("1600", soon), payment: says(false, "1000"), answered: true}, soon, Completed, ""},
		"shared: not grown enough":             {shared(statePending, "601"), evidence{receiver: got("1600", soon), payment: says(false, "1000"), answered: true}, soon, "", ""},
		"shared: grown, nothing said":          {shared(statePending, "0"), evidence{receiver: got("1000", soon)}, soon, "", ""},
		"shared: grown, said long ago":         {shared(statePending, "0"), evidence{receiver: got("1000", soon), payment: says(false, "1000")}, soon, "", ""},
		"shared: grown, says nothing was sent": {shared(statePending, "0"), evidence{receiver: got("1000", soon), payment: says(false, "0"), answered: true}, soon, "", ""},
		"shared: grown, says it failed":        {shared(statePending, "0"), evidence{receiver: got("1000", soon), payment: says(true, "0"), answered: true, readLast: true}, soon, "", ""},
		"shared: failed, nothing came":         {shared(statePending, "600"), evidence{receiver: got("600", soon), payment: says(true, "0"), answered: true, readLast: true}, soon, Failed, FailureAtWallet},
		"shared: a part came, says it failed":  {shared(statePending, "600"), evidence{receiver: got("900", soon), payment: says(true, "300"), answered: true, readLast: true}, soon, Partial, ""},
		"shared: a part came, from others":     {shared(statePending, "600"), evidence{receiver: got("900", late)}, late, "", ""},
		"shared: it has less than before":      {shared(statePending, "600"), evidence{receiver: got("500", soon), payment: says(true, "0"), answered: true, readLast: true}, soon, "", ""},
		"shared: not in a complete list":       {shared(stateSought, "600"), evidence{receiver: got("900", soon), absent: true}, soon, Failed, FailureNotMade},
	} {
		t.Run(name, func(t *testing.T) {
			next, final := c.it.decide(&c.e, nil, c.now)
			if next == nil {
				if c.want != "" || final {
					t.Errorf("it proves nothing, want %s", c.want)
				}
				return
			}
			if err := c.it.become(*next); err != nil {
				t.Fatal(err)
			}
			code := ""
			if c.it.Failure != nil {
				code = c.it.Failure.Code
			}
			if c.it.Status != c.want || code != c.code || final != c.it.isFinal() {
				t.Errorf("it proves %q %s, want %q %s", c.it.Status, code, c.want, c.code)
			}
		})
	}
}

// What an answer to the POST means.
func TestWhatAnAnswerToThePOSTMeans(t *testing.T) {
	said := func(status int, gnap bool, what ...error) error {
		all := opclient.ErrRefused
		e := &opclient.Error{Status: status, GNAP: gnap, Err: all}
		for _, w := range what {
			e.Err = joined{e.Err, w}
		}
		return e
	}
	for name, c := range map[string]struct {
		err  error
		want answer
	}{
		"201":                           {nil, answerMade},
		"no connection":                 {&opclient.Error{Err: opclient.ErrNotSent}, answerNotSent},
		"no key":                        {&grant.Error{Code: grant.CodeKeyMissing}, answerNotSent},
		"a request without sense":       {&opclient.InvalidError{Field: "metadata"}, answerNotSent},
		"no answer":                     {&opclient.Error{Err: opclient.ErrOutcomeUnknown}, answerUnknown},
		"500":                           {&opclient.Error{Status: 500, GNAP: true, Err: opclient.ErrOutcomeUnknown}, answerUnknown},
		"a web page":                    {&opclient.Error{Status: 200, Err: joined{opclient.ErrInvalidAnswer, opclient.ErrOutcomeUnknown}}, answerUnknown},
		"403 from in front":             {said(403, false), answerUnknown},
		"404 from in front":             {said(404, false), answerUnknown},
		"429 from in front":             {said(429, false, opclient.ErrTooManyRequests), answerLater},
		"429":                           {said(429, true, opclient.ErrTooManyRequests), answerLater},
		"401 Invalid Token":             {said(401, true, opclient.ErrServerUnavailable), answerLater},
		"401 Invalid Token from whom?":  {said(401, false, opclient.ErrServerUnavailable), answerUnknown},
		"403 Inactive Token":            {said(403, true, opclient.ErrInactiveToken), answerInactive},
		"403 Inactive Token from whom?": {said(403, false, opclient.ErrInactiveToken), answerUnknown},
		"403 unauthorized":              {said(403, true, opclient.ErrOverLimit), answerRefused},
		"400 invalid quote":             {said(400, true, opclient.ErrInvalidQuote), answerRefused},
		"401 signature":                 {said(401, true, opclient.ErrInvalidSignature), answerRefused},
		"another 4xx of the wallet":     {said(409, true), answerRefused},
	} {
		if got := answerOf(c.err); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
}

// joined is an error that is both.
type joined struct{ a, b error }

func (j joined) Error() string   { return j.a.Error() + ", " + j.b.Error() }
func (j joined) Unwrap() []error { return []error{j.a, j.b} }
