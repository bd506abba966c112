package docs_test

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	browserpages "github.com/opgrants/opgrants/internal/pages"
	"github.com/opgrants/opgrants/test/template"
)

const secondsOfAMonth = 30 * 24 * 60 * 60

// parameter is the default of a number that is a parameter of the template.
func parameter(t *testing.T, name string) float64 {
	t.Helper()
	return number(t, fmt.Sprint(template.Read(t).Parameters[name].Default))
}

func (c *costs) price(t *testing.T, what string) float64 {
	t.Helper()
	i := slices.IndexFunc(c.prices, func(p price) bool { return p.what == what })
	if i < 0 {
		t.Fatalf("costs.md has no price of %s", what)
	}
	return c.prices[i].usd / c.prices[i].forSum
}

// attacked are the units of a month in which the open route gets as many requests
// with a wrong hash as FinishRate lets through, by the price's name.
func (c *costs) attacked(t *testing.T, rate float64) map[string]float64 {
	t.Helper()
	var reads, logs, ms float64
	for _, row := range c.table("## What a request uses") {
		if row[0] == "`GET /grants/{id}/finish` with a wrong hash" {
			if row[3] != "0" || row[4] != "0" {
				t.Errorf("it writes: %v", row)
			}
			reads, logs, ms = number(t, row[2]), number(t, row[5]), number(t, row[6])
		}
	}
	if ms == 0 {
		t.Fatal("costs.md does not say what a finish with a wrong hash uses")
	}
	calls := rate * secondsOfAMonth
	written := calls * (logs + c.other["log bytes of an invocation"] + c.other["log bytes of a request"]) / 1e9
	return map[string]float64{
		"API Gateway: requests": calls, "Lambda: requests": calls, "Lambda: GB-seconds": calls * ms / 1000 * c.other["MB"] / 1024,
		"DynamoDB: read units": calls * reads, "Logs: GB written": written, "Logs: GB kept": written * c.other["days of logs"] / 30,
		"Data to the internet: GB": calls * c.other["kB of a page"] / 1e6,
	}
}

// TestTheBillOfAnAttackerIsComputed recomputes what the open route costs at most, from
// the prices and the defaults of the parameters that bound it.
func TestTheBillOfAnAttackerIsComputed(t *testing.T) {
	c := readCosts(t)
	rate := parameter(t, "FinishRate")
	units := c.attacked(t, rate)
	var rows [][]string
	sum := 0.0
	for _, p := range c.prices {
		n, ok := units[p.what]
		if !ok {
			continue
		}
		usd := n * p.usd / p.forSum
		sum += usd
		rows = append(rows, []string{p.what, format(n), fmt.Sprintf("%.2f", usd)})
	}
	if len(rows) != len(units) {
		t.Fatalf("not all of %v has a price", slices.Sorted(maps.Keys(units)))
	}
	rows = append(rows, []string{"together", "", fmt.Sprintf("%.2f", sum)})
	got := c.table("## An attacker on the open route")
	for i, want := range rows {
		if i >= len(got) || !slices.Equal(got[i], want) {
			t.Errorf("row %d is not | %s |", i, strings.Join(want, " | "))
		}
	}
	if len(got) != len(rows) {
		t.Errorf("the table has %d rows, want %d", len(got), len(rows))
	}
	busy := secondsOfAMonth * c.other["MB"] / 1024 * c.price(t, "Lambda: GB-seconds")
	refused := secondsOfAMonth * c.other["log bytes of a request"] / 1e9 * (c.price(t, "Logs: GB written") + c.price(t, "Logs: GB kept"))
	text := strings.ReplaceAll(c.text, "\n", " ")
	for _, want := range []string{
		"gets the " + strconv.Itoa(int(rate)) + " requests a second that `FinishRate` lets through",
		fmt.Sprintf("That is %.2f USD for each request a second: with `FinishRate=5` it is %.0f USD a month", sum/rate, sum/rate*5),
		fmt.Sprintf("An invocation that runs all month costs %.2f USD", busy),
		fmt.Sprintf("`FinishConcurrency=20` it is %.0f USD", 20*busy),
		fmt.Sprintf("1,000 by default: %s USD", format(1000*busy)),
		fmt.Sprintf("%.2f USD a month for each such request a second", refused),
	} {
		if !strings.Contains(text, want) {
			t.Errorf("costs.md does not say: %s", want)
		}
	}
}

// TestThePageForAWrongLinkIsSmall compares the page that an attacker gets with what
// costs.md says of it.
func TestThePageForAWrongLinkIsSmall(t *testing.T) {
	page := browserpages.Problem("link_not_valid", browserpages.View{AppURL: "https://shop.example/" + strings.Repeat("x", 500)})
	const headers = 700 // about, of each answer
	if size, says := float64(len(page)+headers)/1000, readCosts(t).other["kB of a page"]; size > says || size < says/2 {
		t.Errorf("an answer has %.1f kB, and costs.md says %.0f", size, says)
	}
}

// TestWhatTracesCost recomputes what Tracing=true adds: each invocation is counted.
func TestWhatTracesCost(t *testing.T) {
	c := readCosts(t)
	for _, grants := range []float64{1_000, 1_000_000} {
		n := 0.0
		for _, u := range c.uses {
			n += u.often * grants
		}
		says := fmt.Sprintf("%.2f USD with %s grants", n*c.price(t, "X-Ray: traces"), format(grants))
		if !strings.Contains(strings.ReplaceAll(c.text, "\n", " "), says) {
			t.Errorf("costs.md does not say: %s", says)
		}
	}
}
