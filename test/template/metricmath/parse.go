package metricmath

import (
	"fmt"
	"regexp"
	"strconv"
)

// A node is a part of an expression: a number, the id of a series, or an operation.
type node struct {
	op     string // "number", "id", an operator, or the name of a function
	number float64
	id     string
	args   []node
}

var token = regexp.MustCompile(`^\s*([0-9]+(?:\.[0-9]+)?|[A-Za-z][A-Za-z0-9_]*|>=|[-+*/(),])`)

type parser struct{ tokens []string }

// parse reads an expression.
func parse(expression string) (node, error) {
	var p parser
	for rest := expression; rest != ""; {
		m := token.FindStringSubmatch(rest)
		if m == nil {
			return node{}, fmt.Errorf("%q is not known in %q", rest, expression)
		}
		p.tokens, rest = append(p.tokens, m[1]), rest[len(m[0]):]
	}
	n, err := p.comparison()
	if err == nil && len(p.tokens) > 0 {
		err = fmt.Errorf("%q is left of %q", p.tokens, expression)
	}
	return n, err
}

// take removes the next token if it is one of these.
func (p *parser) take(these ...string) (string, bool) {
	for _, t := range these {
		if len(p.tokens) > 0 && p.tokens[0] == t {
			p.tokens = p.tokens[1:]
			return t, true
		}
	}
	return "", false
}

func (p *parser) comparison() (node, error) { return p.binary(p.sum, ">=") }

func (p *parser) sum() (node, error) { return p.binary(p.product, "+") }

func (p *parser) product() (node, error) { return p.binary(p.operand, "*", "/") }

func (p *parser) binary(operand func() (node, error), operators ...string) (node, error) {
	left, err := operand()
	for err == nil {
		op, ok := p.take(operators...)
		if !ok {
			break
		}
		var right node
		right, err = operand()
		left = node{op: op, args: []node{left, right}}
	}
	return left, err
}

func (p *parser) operand() (node, error) {
	if len(p.tokens) == 0 {
		return node{}, fmt.Errorf("the expression ends too early")
	}
	t := p.tokens[0]
	p.tokens = p.tokens[1:]
	if number, err := strconv.ParseFloat(t, 64); err == nil {
		return node{op: "number", number: number}, nil
	}
	_, isCall := p.take("(")
	switch {
	case t == "IF" && isCall:
		return p.call(t, 3)
	case t == "FILL" && isCall:
		return p.call(t, 2)
	case !isCall && t[0] >= 'a' && t[0] <= 'z': // ids begin so
		return node{op: "id", id: t}, nil
	}
	return node{}, fmt.Errorf("%q is not known", t)
}

func (p *parser) call(name string, arguments int) (node, error) {
	n := node{op: name}
	for i := range arguments {
		arg, err := p.comparison()
		if err != nil {
			return n, err
		}
		n.args = append(n.args, arg)
		want := ","
		if i == arguments-1 {
			want = ")"
		}
		if _, ok := p.take(want); !ok {
			return n, fmt.Errorf("%s has no %q after argument %d", name, want, i+1)
		}
	}
	return n, nil
}
