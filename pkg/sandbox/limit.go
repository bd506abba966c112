package sandbox

import (
	"encoding/json"
	"math/big"
	"net/http"
	"strings"
	"time"
)

// A limit is how much of an asset may be paid with an access item, in each of its
// intervals.
type limit struct {
	value *big.Int // may be negative: nobody validated it
	asset asset
}

// A spent is what was paid with an access item in a window of time.
type spent struct {
	window         window
	isLimited      bool // by an amount
	debit, receive *big.Int
	debitAsset     asset // of the last payment
	receiveAsset   asset
}

// permit decides whether a payment may be made now, and tells what was paid
// before it. s.mu is held.
func (a *access) permit(q *quote, now time.Time) (*spent, *refusal) {
	refused := func(hint string) (*spent, *refusal) {
		return nil, resourceError(http.StatusForbidden, "unauthorized", hint)
	}
	limits := a.limitMembers()
	if receiver, _ := limits.text("receiver"); receiver != "" && receiver != q.Receiver {
		return refused("the grant is for another receiver")
	}
	debit, f := limits.limit("debitAmount")
	if f != nil {
		return nil, f
	}
	receive, f := limits.limit("receiveAmount")
	if f != nil {
		return nil, f
	}
	if debit != nil && debit.asset != q.DebitAmount.asset() || receive != nil && receive.asset != q.ReceiveAmount.asset() {
		return refused("the grant's amount is in another asset")
	}
	in, ok, f := a.window(now)
	switch {
	case f != nil:
		return nil, f
	case !ok:
		return refused("it is not in any interval of the grant, or its interval cannot be read")
	case a.spent != nil && in.start < a.spent.window.start:
		return refused("the clock went back to an earlier interval")
	}
	before := a.spentIn(in, q)
	before.isLimited = debit != nil || receive != nil
	after := before.and(q)
	if debit.exceeded(after.debit) || receive.exceeded(after.receive) {
		return refused("more than the grant allows: " + before.debit.String() + " of it was spent")
	}
	return before, nil
}

// limitMembers are the limits as the client wrote them: what consent shows of
// them leaves out what cannot be read.
func (a *access) limitMembers() object {
	o, _ := parseObject(a.text)
	limits, _ := parseObject(o["limits"])
	return limits
}

// spentIn is nothing when a new window has begun.
func (a *access) spentIn(in window, q *quote) *spent {
	b := &spent{window: in, debit: new(big.Int), receive: new(big.Int), debitAsset: q.DebitAmount.asset(), receiveAsset: q.ReceiveAmount.asset()}
	if a.spent != nil && a.spent.window == in {
		b.debit, b.receive = a.spent.debit, a.spent.receive
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
func (o object) limit(name string) (*limit, *refusal) {
	if o[name] == nil || string(o[name]) == "null" {
		return nil, nil
	}
	var a amount
	var scale uint8
	if json.Unmarshal(o[name], &a) != nil || json.Unmarshal([]byte(a.AssetScale), &scale) != nil {
		return nil, plainText(http.StatusInternalServerError, "the grant's "+name+" is no amount")
	}
	value, ok := new(big.Int).SetString(a.Value, 10)
	if !ok {
		return nil, plainText(http.StatusInternalServerError, "the grant's "+name+" is no number")
	}
	return &limit{value, asset{a.AssetCode, scale}}, nil
}

// window is the interval of the grant that is now; ok is false if there is none.
// Without an interval it is all time.
func (a *access) window(now time.Time) (in window, ok bool, f *refusal) {
	text, _ := a.limitMembers().text("interval")
	switch {
	case text == "":
		return window{}, true, nil
	case strings.Count(text, "/") != 2:
		return window{}, false, plainText(http.StatusInternalServerError, "the grant's interval has not three parts")
	}
	in, ok = windowAt(text, now)
	return in, ok, nil
}
