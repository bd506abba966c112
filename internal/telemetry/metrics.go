package telemetry

import (
	"encoding/json"
	"io"
	"time"
)

// A Counter writes counts as log lines in CloudWatch's embedded metric format.
// CloudWatch turns these lines into metrics. No call is made.
type Counter struct {
	Out       io.Writer
	Namespace string
	Service   string           // the dimension of each metric
	Now       func() time.Time // nil: time.Now
}

// embedded is the embedded metric format's own part of a line.
type embedded struct {
	Timestamp         int64 // Unix milliseconds
	CloudWatchMetrics []directive
}

type directive struct {
	Namespace  string
	Dimensions [][]string
	Metrics    []metric
}

type metric struct{ Name, Unit string }

// Count writes that name happened n times. With a code it also counts by code.
// Each code is a metric of its own, so there must be few.
func (c *Counter) Count(name, code string, n int) { c.write(name, n, "Count", code) }

func (c *Counter) write(name string, value any, unit, code string) {
	line := map[string]any{KeyService: c.Service, name: value}
	dimensions := [][]string{{KeyService}}
	if code != "" {
		line[KeyCode] = code
		dimensions = append(dimensions, []string{KeyService, KeyCode})
	}
	c.writeLine(line, dimensions, metric{name, unit})
}

func (c *Counter) writeLine(line map[string]any, dimensions [][]string, m metric) {
	now := time.Now
	if c.Now != nil {
		now = c.Now
	}
	line["_aws"] = embedded{now().UnixMilli(), []directive{{c.Namespace, dimensions, []metric{m}}}}
	b, err := json.Marshal(line)
	if err == nil {
		_, _ = c.Out.Write(append(b, '\n'))
	}
}
