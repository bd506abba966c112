package resourceserver

import (
	"encoding/json"
	"math/big"
	"net/http"
	"time"

	"github.com/opgrants/opgrants/pkg/sandbox/internal/access"
	"github.com/opgrants/opgrants/pkg/sandbox/internal/interval"
	"github.com/opgrants/opgrants/pkg/sandbox/internal/message"
)

// A limit is how much of an asset can be paid with an access item, in each of its
// intervals.
type limit struct {
	value *big.Int // can be negative: nobody validated it
	asset asset
}

// permit decides whether a payment can be made now, and returns what was spent before
// it. The caller holds s.mu.
func (s *Server) permit(a *access.Item, q *quote, now time.Time) (*spent, *message.Refusal) {
	refused := func(hint string) (*spent, *message.Refusal) {
		return nil, message.ResourceError(http.StatusForbidden, "unauthorized", hint)
	}
	limits := a.LimitMembers()
	if receiver, _ := limits.Text("receiver"); receiver != "" && receiver != q.Receiver {
		return refused("the grant is for another receiver")
	}
	debit, f := limitMember(limits, "debitAmount")
	if f != nil {
		return nil, f
	}
	receive, f := limitMember(limits, "receiveAmount")
	if f != nil {
		return nil, f
	}
	if debit != nil && debit.asset != q.DebitAmount.asset() || receive != nil && receive.asset != q.ReceiveAmount.asset() {
		return refused("the grant's amount is in another asset")
	}
	in, ok, f := windowOf(a, now)
	switch {
	case f != nil:
		return nil, f
	case !ok:
		return refused("no interval of the grant includes this time")
	case s.spent[a] != nil && in.Start < s.spent[a].window.Start:
		return nil, message.ResourceError(http.StatusInternalServerError, "invalid interval", "the clock went back to an earlier interval than the last one that was spent from")
	}
	before := s.spentIn(a, in, q)
	before.isLimited = debit != nil || receive != nil
	after := before.and(q)
	if debit.isExceeded(after.debit) || receive.isExceeded(after.receive) {
		return refused("more than the grant allows: " + before.debit.String() + " of it was spent")
	}
	return before, nil
}

// isExceeded reports whether a sum is over the limit. Nil is no limit.
func (l *limit) isExceeded(sum *big.Int) bool { return l != nil && sum.Cmp(l.value) > 0 }

// limitMember reads an amount that nobody validated. The reference implementation
// fails on one that is not a number.
func limitMember(o message.Object, name string) (*limit, *message.Refusal) {
	if o[name] == nil || string(o[name]) == "null" {
		return nil, nil
	}
	var a access.Amount
	var scale uint8
	if json.Unmarshal(o[name], &a) != nil || json.Unmarshal([]byte(a.AssetScale), &scale) != nil {
		return nil, message.PlainText(http.StatusInternalServerError, "the grant's "+name+" is no amount")
	}
	value, ok := new(big.Int).SetString(a.Value, 10)
	if !ok {
		return nil, message.PlainText(http.StatusInternalServerError, "the grant's "+name+" is no number")
	}
	return &limit{value, asset{a.AssetCode, scale}}, nil
}

// windowOf returns the interval of the grant that includes now; false if there is none.
// A grant without an interval has one that never ends.
func windowOf(a *access.Item, now time.Time) (in interval.Window, ok bool, f *message.Refusal) {
	text, _ := a.LimitMembers().Text("interval")
	if text == "" {
		return interval.Window{}, true, nil
	}
	in, ok, err := interval.At(text, now)
	if err != nil {
		return in, false, message.PlainText(http.StatusInternalServerError, "the grant's interval: "+err.Error())
	}
	return in, ok, nil
}
