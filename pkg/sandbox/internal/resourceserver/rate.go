package resourceserver

import (
	"fmt"
	"math/big"
	"strconv"
)

// A Fee is taken from the payer, in the asset of the payer's wallet. Nobody gets
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

// rate is how many smallest units of the one are worth one of the other.
func (c Config) rate(from, to asset) (*big.Rat, error) {
	r := big.NewRat(1, 1)
	if from.code != to.code {
		sell, err := c.worth(from.code)
		if err != nil {
			return nil, err
		}
		buy, err := c.worth(to.code)
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

// worth takes a rate for the decimal number that somebody wrote.
func (c Config) worth(code string) (*big.Rat, error) {
	rate := c.Rates[code]
	if rate <= 0 {
		return nil, fmt.Errorf("Config.Rates has no rate of %s", code)
	}
	r, ok := new(big.Rat).SetString(strconv.FormatFloat(rate, 'f', -1, 64))
	if !ok {
		return nil, fmt.Errorf("Config.Rates has no number for %s", code)
	}
	return r, nil
}

// fixedSend is what is sent of value, its fee deducted, and what of that arrives,
// rounded down: nothing, or less, when the fee is larger than the value.
func (c Config) fixedSend(value uint64, from, to asset) (sent, arrives *big.Int, err error) {
	rate, err := c.rate(from, to)
	if err != nil {
		return nil, nil, err
	}
	sent = new(big.Int).SetUint64(value)
	sent.Sub(sent, c.Fee.of(sent))
	rate.Mul(rate, new(big.Rat).SetInt(sent))
	return sent, new(big.Int).Div(rate.Num(), rate.Denom()), nil
}

// fixedReceive is what must be sent so that value arrives, rounded up, and the fee
// to that.
func (c Config) fixedReceive(value uint64, from, to asset) (sent, fee *big.Int, err error) {
	rate, err := c.rate(to, from)
	if err != nil {
		return nil, nil, err
	}
	rate.Mul(rate, new(big.Rat).SetInt(new(big.Int).SetUint64(value)))
	sent = new(big.Int).Add(rate.Num(), rate.Denom())
	sent.Sub(sent, big.NewInt(1)).Quo(sent, rate.Denom())
	return sent, c.Fee.of(sent), nil
}
