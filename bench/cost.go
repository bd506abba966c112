package main

import (
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
)

// A costResult is what a million of something costs on AWS, in USD, by the list prices and
// the uses of docs/costs.md.
type costResult struct {
	What     string  `json:"what"`
	Opgrants float64 `json:"opgrantsUSD"`
	// Node is the same with the processor time of the peer and, one in a hundred, its cold
	// starts; 0: the peer does not do this.
	Node float64 `json:"nodeUSD,omitempty"`
}

const (
	gigabytes    = 0.5 // memory of a function
	coldOneIn    = 100
	aMillion     = 1e6
	tableOfUses  = "## What a request uses\n"
	pricesOfUses = "## Prices\n"
)

// measureCosts computes what consents and payments cost. The milliseconds of docs/costs.md
// are mostly the wallet's, and the same for both. The difference is what was measured.
func measureCosts(functions []functionResult) ([]costResult, error) {
	text, err := os.ReadFile("../docs/costs.md")
	if err != nil {
		return nil, err
	}
	usd := func(row string) (sum float64) {
		uses := numbers(string(text), tableOfUses, row)
		if len(uses) != 6 {
			err = fmt.Errorf("docs/costs.md has no row %q of six numbers", row)
			return 0
		}
		for what, n := range map[string]float64{
			"API Gateway: requests": 1, "Lambda: requests": 1, "X-Ray: traces": 1, "DynamoDB: read units": uses[1], "DynamoDB: write units": uses[2] + uses[3],
			"Logs: GB written": uses[4] / 1e9, "Lambda: GB-seconds": uses[5] / 1000 * gigabytes,
		} {
			price := numbers(string(text), pricesOfUses, what)
			if len(price) < 2 {
				err = fmt.Errorf("docs/costs.md has no price of %q", what)
				return 0
			}
			sum += n * price[0] / price[1]
		}
		return sum * aMillion
	}
	more := func(function string) float64 { // that the peer takes
		var ours, peers functionResult
		for _, f := range functions {
			switch {
			case f.Function == function && f.Program == "opgrants":
				ours = f
			case f.Function == function && f.Program == "Node":
				peers = f
			}
		}
		ms := peers.CPU - ours.CPU + (peers.First-ours.First)/coldOneIn
		price := numbers(string(text), pricesOfUses, "Lambda: GB-seconds")
		return ms / 1000 * gigabytes * price[0] * aMillion
	}
	consent := usd("`POST /grants`, recurring") + usd("`GET /grants/{id}/finish`, recurring")
	token := usd("`POST /grants/{id}/token` with the code, recurring")
	all := []costResult{
		{"consents: the request and the finish", consent, 0},
		{"flows: a consent, and its token", consent + token, 0},
		{"payments: with the code, checkout", usd("`POST /grants/{id}/payments` with the code, checkout"), 0},
		{"payments: that rotate the token", usd("`POST /grants/{id}/payments` that rotates, recurring"), 0},
	}
	if err == nil && len(functions) > 0 {
		all[0].Node = consent + more("request-grant") + more("finish-callback")
	}
	return all, err
}

var cellNumber = regexp.MustCompile(`^[0-9][0-9,.]*$`)

// numbers are those of the row of a table after a heading.
func numbers(text, heading, row string) (all []float64) {
	_, text, _ = strings.Cut(text, heading)
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, "| "+row+" |") {
			continue
		}
		for _, cell := range strings.Split(strings.TrimPrefix(line, "| "+row), "|") {
			if cell = strings.TrimSpace(cell); cellNumber.MatchString(cell) {
				if n, err := strconv.ParseFloat(strings.ReplaceAll(cell, ",", ""), 64); err == nil {
					all = append(all, n)
				}
			}
		}
		return all
	}
	return nil
}
