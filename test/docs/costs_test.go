package docs_test

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// costs is what costs.md says, but for its totals.
type costs struct {
	text   string
	prices []price
	uses   []use
	other  map[string]float64 // the numbers of its list, by what is around them
}

// A price is in USD, for so many units.
type price struct {
	what        string
	usd, forSum float64
}

// A use is what a request uses.
type use struct {
	calls                  bool // through the API; else it is a task
	often, reads           float64
	writes                 float64 // of items and of entries of indexes
	logBytes, milliseconds float64
}

// others find the numbers of the list.
var others = map[string]string{
	"runs": `- (\S+) runs of FindDue`, "ms of a run": `runs of FindDue of (\S+) ms`, "reads of a run": `each with (\S+) read`,
	"log bytes of a run": `read units and (\S+) log bytes`, "polls": `- (\S+) requests by which Lambda looks`, "requests of a task": `- (\S+) requests of SQS for each`,
	"log bytes of an invocation": `Lambda logs (\S+) bytes`,
	"log bytes of a request":     `API Gateway (\S+) for each`, "days of logs": `kept for (\S+) days`, "ms of a cold start": `A cold start takes (\S+) ms`,
	"invocations to a cold start": `one in (\S+)\.`, "MB": `Functions have (\S+) MB`, "bytes of a grant": `A grant with its payments is (\S+) bytes`,
	"kB out": `- (\S+) kB a grant`, "kB of a page": `a page of (\S+) kB`, "metrics by name": `- (\S+) metrics by name`, "metrics by code": `by name and (\S+) more`,
	"alarms": `- (\S+) alarms`, "alarm metrics": `which watch (\S+) metrics`,
}

func readCosts(t *testing.T) *costs {
	t.Helper()
	c := &costs{text: read(t, "docs/costs.md"), other: map[string]float64{}}
	for _, row := range c.table("## Prices") {
		c.prices = append(c.prices, price{row[0], number(t, row[1]), number(t, row[2])})
	}
	for _, row := range c.table("## What a request uses") {
		c.uses = append(c.uses, use{strings.Contains(row[0], "`"), number(t, row[1]), number(t, row[2]),
			number(t, row[3]) + number(t, row[4]), number(t, row[5]), number(t, row[6])})
	}
	for what, pattern := range others {
		found := regexp.MustCompile(pattern).FindAllStringSubmatch(strings.ReplaceAll(c.text, "\n  ", " "), -1)
		if len(found) != 1 {
			t.Fatalf("%s: %d times in costs.md: %s", what, len(found), pattern)
		}
		c.other[what] = number(t, found[0][1])
	}
	return c
}

// table has the cells of the first table after a heading.
func (c *costs) table(heading string) (rows [][]string) {
	_, after, _ := strings.Cut(c.text, heading+"\n")
	for line := range strings.Lines(after) {
		switch {
		case strings.HasPrefix(line, "| what"), strings.HasPrefix(line, "| request"), strings.HasPrefix(line, "|---"):
		case strings.HasPrefix(line, "|"):
			cells := strings.Split(strings.Trim(line, "|\n"), "|")
			for i := range cells {
				cells[i] = strings.Trim(cells[i], " *")
			}
			rows = append(rows, cells)
		case len(rows) > 0:
			return rows
		}
	}
	return rows
}

func number(t *testing.T, s string) float64 {
	t.Helper()
	n, err := strconv.ParseFloat(strings.ReplaceAll(s, ",", ""), 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// units are those of a month with so many grants asked for, by the price's name.
func (c *costs) units(grants float64) map[string]float64 {
	var calls, tasks, reads, writes, logs, ms float64
	for _, u := range c.uses {
		n := u.often * grants
		reads, writes, logs, ms = reads+n*u.reads, writes+n*u.writes, logs+n*u.logBytes, ms+n*u.milliseconds
		if u.calls {
			calls += n
		} else {
			tasks += n
		}
	}
	runs := c.other["runs"]
	invocations := calls + runs + tasks
	starts := calls + tasks // FindDue stays warm
	if grants > 1000 {
		starts /= c.other["invocations to a cold start"]
	}
	ms += runs*c.other["ms of a run"] + starts*c.other["ms of a cold start"]
	logs += runs*c.other["log bytes of a run"] + invocations*c.other["log bytes of an invocation"] + calls*c.other["log bytes of a request"]
	stored := 12 * grants * c.other["bytes of a grant"] / 1e9
	metrics := 0.0
	if grants > 0 {
		metrics = c.other["metrics by name"] + c.other["metrics by code"]
	}
	return map[string]float64{
		"API Gateway: requests": calls, "Lambda: requests": invocations, "Lambda: GB-seconds": ms / 1000 * c.other["MB"] / 1024,
		"DynamoDB: write units": writes, "DynamoDB: read units": reads + runs*c.other["reads of a run"],
		"DynamoDB: GB stored": stored, "DynamoDB: GB that can be restored": stored,
		"Logs: GB written": logs / 1e9, "Logs: GB kept": logs / 1e9 * c.other["days of logs"] / 30,
		"X-Ray: traces": 0, "SQS: requests": runs + c.other["polls"] + tasks*c.other["requests of a task"],
		"SQS: requests of fair queues": tasks * c.other["requests of a task"], "CloudWatch: metrics": metrics, "CloudWatch: metrics of alarms": c.other["alarm metrics"], "CloudWatch: dashboards": 1,
		"Secrets Manager: secrets": 1, "Secrets Manager: calls": starts, "Scheduler: runs": runs,
		"Data to the internet: GB": grants * c.other["kB out"] / 1e6,
	}
}

// month is a column of the last table, and its sum.
func (c *costs) month(grants float64) (units, usd map[string]string, together string) {
	units, usd = map[string]string{}, map[string]string{}
	cents := 0.0
	for what, n := range c.units(grants) {
		for _, p := range c.prices {
			if p.what == what {
				rounded := math.Round(n * p.usd / p.forSum * 100)
				units[what], usd[what] = format(n), fmt.Sprintf("%.2f", rounded/100)
				cents += rounded
			}
		}
	}
	return units, usd, fmt.Sprintf("%.2f", cents/100)
}

// format is a number as the table writes it.
func format(n float64) string {
	if n < 100 && n != math.Trunc(n) {
		return fmt.Sprintf("%.3f", n)
	}
	digits := fmt.Sprintf("%.0f", n)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

func TestTheCostsAddUp(t *testing.T) {
	c := readCosts(t)
	rows := c.table("## A month")
	if len(rows) != len(c.prices)+1 || len(c.units(0)) != len(c.prices) {
		t.Fatalf("%d prices, %d kinds of units, %d rows and a sum", len(c.prices), len(c.units(0)), len(rows)-1)
	}
	_, _, none := c.month(0)
	totals := map[string]string{"none": none}
	for column, grants := range map[int]float64{1: 1_000, 3: 1_000_000} {
		units, usd, together := c.month(grants)
		totals[format(grants)] = together
		for i, row := range rows {
			want := []string{"", together}
			if i < len(c.prices) {
				want = []string{units[c.prices[i].what], usd[c.prices[i].what]}
			}
			if i < len(c.prices) && row[0] != c.prices[i].what || row[column] != want[0] || row[column+1] != want[1] {
				t.Errorf("%s: %s × the price is %s USD, want %v", row[0], row[column], row[column+1], want)
			}
		}
	}
	for grants, want := range totals {
		if !strings.Contains(c.text, "\n| "+grants+" | "+want+" |\n") {
			t.Errorf("costs.md does not begin with %s grants for %s USD", grants, want)
		}
	}
	for _, grants := range []string{"1,000", "1,000,000"} {
		dollars := fmt.Sprintf("%.0f USD%s with %s", number(t, totals[grants]), map[string]string{"1,000": " a month"}[grants], grants)
		if !strings.Contains(strings.ReplaceAll(read(t, "docs/deploy.md"), "\n", " "), dollars) {
			t.Errorf("docs/deploy.md does not say: %s", dollars)
		}
	}
}

// TestAnIdleStackCostsLittle sums what happens when nobody uses the stack: runs of
// the schedule, and with the queue Lambda's requests to it.
func TestAnIdleStackCostsLittle(t *testing.T) {
	c := readCosts(t)
	cents := func(without string) (sum float64) {
		for what, n := range c.units(0) {
			for _, p := range c.prices {
				fixed := strings.HasPrefix(what, "CloudWatch: ") || strings.HasPrefix(what, "Secrets Manager: ")
				if p.what == what && !fixed && (without == "" || !strings.HasPrefix(what, without)) {
					sum += n * p.usd / p.forSum * 100
				}
			}
		}
		return sum
	}
	runs := cents("SQS: ")
	runs += c.other["runs"] * 0.40 / 1e6 * 100 // each asks how full the queue is
	queue := cents("")
	if runs > 25 || queue > 50 {
		t.Errorf("the runs cost %.1f cents a month, and %.1f with the queue", runs, queue)
	}
	text := strings.ReplaceAll(c.text, "\n", " ")
	if want := fmt.Sprintf("the runs of the schedule cost %.2f USD a month, and %.2f USD with the queue", runs/100, queue/100); !strings.Contains(text, want) {
		t.Errorf("costs.md does not say: %s", want)
	}
}

// watchedMetrics are those of all alarms without a condition: CloudWatch charges each
// metric of an expression as an alarm.
func watchedMetrics(template string) (n float64) {
	for _, alarm := range regexp.MustCompile(`Type: AWS::CloudWatch::Alarm\n    Properties:\n(?:      .*\n)+`).FindAllString(template, -1) {
		n += max(1, float64(strings.Count(alarm, "MetricStat:")))
	}
	return n
}

// TestTheCostsAreOfThisTemplate compares what is counted in costs.md with what
// is counted there.
func TestTheCostsAreOfThisTemplate(t *testing.T) {
	c, template := readCosts(t), read(t, "template.yaml")
	count := func(text, pattern string) float64 {
		return float64(len(regexp.MustCompile(pattern).FindAllString(text, -1)))
	}
	for what, got := range map[string]float64{
		"alarms":          count(template, `Type: AWS::CloudWatch::Alarm\n    Properties:`), // and not those with a condition
		"alarm metrics":   watchedMetrics(template),
		"metrics by name": count(read(t, "internal/grant/metric.go")+read(t, "internal/payment/metric.go"), `Metric = "`),
		"runs":            count(template, `Default: rate\(1 minute\)`) * 60 * 24 * 30,
		"MB":              number(t, regexp.MustCompile(`MemorySize: (\d+)`).FindStringSubmatch(template)[1]),
		"days of logs":    number(t, regexp.MustCompile(`LogRetentionDays:\n    Type: Number\n    Default: (\d+)`).FindStringSubmatch(template)[1]),
	} {
		if got != c.other[what] {
			t.Errorf("%s: costs.md has %v, template.yaml and the code %v", what, c.other[what], got)
		}
	}
	for pattern, want := range map[string]float64{
		`Type: AWS::CloudWatch::Dashboard\n`: 1, `Tracing:\n    Type: String\n    Default: 'false'\n`: 1, `Default: arm64\n`: 1, // what costs.md takes for granted
		`DetailedMetricsEnabled: true`: 0, `ProvisionedConcurrencyConfig:`: 0, // which it does not have
	} {
		if got := count(template, pattern); got != want {
			t.Errorf("template.yaml has %v times %s, which costs.md does not tell", got, pattern)
		}
	}
}
