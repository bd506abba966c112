package resourceserver

import (
	"fmt"
	"maps"
	"math/big"
	"strconv"
)

// A Fee is taken from the payer, in the asset of the payer's wallet. Nobody receives
// it.
type Fee struct {
	Fixed       uint64 // smallest units
	BasisPoints uint64 // of what is sent, rounded down; 100 are one percent
}

func (f Fee) of(value *big.Int) *big.Int {
	part := new(big.Int).Mul(value, new(big.Int).SetUint64(f.BasisPoints))
	part.Quo(part, big.NewInt(10_000))
	return part.Add(part, new(big.Int).SetUint64(f.Fixed))
}

// A cost is how a payment between two assets is counted.
type cost struct {
	rate     *big.Rat // smallest units of the receiver's asset for one of the payer's
	fee      Fee
	slippage bool // one percent is lost, and the payer pays one smallest unit more
}

// costOf returns the cost of a quote, as the payer's wallet behaves. The caller holds
// s.mu.
func (s *Server) costOf(from *account, to asset) (*cost, error) {
	rate, err := s.rates.rate(from.asset, to)
	if err != nil {
		return nil, err
	}
	c := &cost{rate: rate, fee: s.config.Fee, slippage: from.does(Slippage)}
	if b := from.use(WithFee); b != nil {
		c.fee = b.Fee
	}
	if from.does(RateChanges) {
		rate.Mul(rate, big.NewRat(100, 100+from.rateChanges))
		from.rateChanges++
	}
	return c, nil
}

// Rates is the worth of one whole unit of each asset, in one common measure.
type Rates map[string]float64

// SetRates replaces the rates for later quotes.
func (s *Server) SetRates(rates Rates) {
	s.lock()
	defer s.mu.Unlock()
	s.rates = maps.Clone(rates)
}

// rate returns how many smallest units of to one of from is worth.
func (all Rates) rate(from, to asset) (*big.Rat, error) {
	r := big.NewRat(1, 1)
	if from.code != to.code {
		sell, err := all.worth(from.code)
		if err != nil {
			return nil, err
		}
		buy, err := all.worth(to.code)
		if err != nil {
			return nil, err
		}
		r.Quo(sell, buy)
	}
	ten := func(n uint8) *big.Rat {
		return new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil))
	}
	return r.Mul(r, ten(to.scale)).Quo(r, ten(from.scale)), nil
}

// worth returns the rate as the decimal number that somebody wrote.
func (all Rates) worth(code string) (*big.Rat, error) {
	rate := all[code]
	if rate <= 0 {
		return nil, fmt.Errorf("the sandbox has no rate of %s", code)
	}
	r, ok := new(big.Rat).SetString(strconv.FormatFloat(rate, 'f', -1, 64))
	if !ok {
		return nil, fmt.Errorf("the rate of %s is no number", code)
	}
	return r, nil
}

// fixedSend returns what is sent of a debit without its fee, and what of that arrives,
// rounded down. That is nothing or less if the fee is larger than the debit.
func (c *cost) fixedSend(debit uint64) (sent, arrives *big.Int) {
	sent = new(big.Int).SetUint64(debit)
	sent.Sub(sent, c.fee.of(sent))
	if c.slippage {
		sent.Mul(sent, big.NewInt(99)).Div(sent, big.NewInt(100))
	}
	r := new(big.Rat).Mul(c.rate, new(big.Rat).SetInt(sent))
	return sent, new(big.Int).Div(r.Num(), r.Denom())
}

// fixedReceive returns what is sent so that value arrives, rounded up, and what leaves
// the payer for that.
func (c *cost) fixedReceive(value uint64) (sent, debit *big.Int) {
	r := new(big.Rat).Quo(new(big.Rat).SetInt(new(big.Int).SetUint64(value)), c.rate)
	sent = ceilQuo(r.Num(), r.Denom())
	debit = new(big.Int).Add(sent, c.fee.of(sent))
	if c.slippage {
		debit = ceilQuo(debit.Mul(debit, big.NewInt(101)), big.NewInt(100))
		debit.Add(debit, big.NewInt(1))
	}
	return sent, debit
}

func ceilQuo(n, d *big.Int) *big.Int {
	q := new(big.Int).Add(n, d)
	return q.Sub(q, big.NewInt(1)).Quo(q, d)
}
