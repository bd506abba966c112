package resourceserver

import (
	"encoding/json"
	"math/big"
	"net/http"
	"strings"
	"time"

	"github.com/opgrants/opgrants/pkg/sandbox/internal/access"
	"github.com/opgrants/opgrants/pkg/sandbox/internal/interval"
	"github.com/opgrants/opgrants/pkg/sandbox/internal/message"
)

// A limit is how much of an asset may be paid with an access item, in each of its
// intervals.
type limit struct {
	value *big.Int // may be negative: nobody validated it
	asset asset
}

// A spent is what was paid with an access item in a window of time.
type spent struct {
	window         interval.Window
	isLimited      bool // by an amount
	debit, receive *big.Int
	debitAsset     asset // of the last payment
	receiveAsset   asset
}

// permit decides whether a payment may be made now, and tells what was paid
// before it. The caller holds s.mu.
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
		return refused("it is not in any interval of the grant, or its interval cannot be read")
	case s.spent[a] != nil && in.Start < s.spent[a].window.Start:
		return refused("the clock went back to an earlier interval")
	}
	before := s.spentIn(a, in, q)
	before.isLimited = debit != nil || receive != nil
	after := before.and(q)
	if debit.exceeded(after.debit) || receive.exceeded(after.receive) {
		return refused("more than the grant allows: " + before.debit.String() + " of it was spent")
	}
	return before, nil
}

// spentIn is nothing when a new window has begun.
func (s *Server) spentIn(a *access.Item, in interval.Window, q *quote) *spent {
	b := &spent{window: in, debit: new(big.Int), receive: new(big.Int), debitAsset: q.DebitAmount.asset(), receiveAsset: q.ReceiveAmount.asset()}
	if s.spent[a] != nil && s.spent[a].window == in {
		b.debit, b.receive = s.spent[a].debit, s.spent[a].receive
	}
	return b
}

// and adds a payment.
func (b *spent) and(q *quote) *spent {
	after := *b
	after.debit = new(big.Int).Add(b.debit, new(big.Int).SetUint64(q.DebitAmount.Value))
	after.receive = new(big.Int).Add(b.receive, new(big.Int).SetUint64(q.ReceiveAmount.Value))
	return &after
}

// exceeded: no limit never is.
func (l *limit) exceeded(by *big.Int) bool { return l != nil && by.Cmp(l.value) > 0 }

// limit reads an amount that nobody validated; the reference implementation fails
// on one that is no number.
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

// window is the interval of the grant that is now; ok is false if there is none.
// Without an interval it is all time.
func windowOf(a *access.Item, now time.Time) (in interval.Window, ok bool, f *message.Refusal) {
	text, _ := a.LimitMembers().Text("interval")
	switch {
	case text == "":
		return interval.Window{}, true, nil
	case strings.Count(text, "/") != 2:
		return interval.Window{}, false, message.PlainText(http.StatusInternalServerError, "the grant's interval has not three parts")
	}
	in, ok = interval.At(text, now)
	return in, ok, nil
}
