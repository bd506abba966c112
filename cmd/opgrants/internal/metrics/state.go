package metrics

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/opgrants/opgrants/internal/grant"
)

// State reads what is so at this moment.
type State interface {
	// OldestDue returns for how long the item has been due that has waited longest;
	// 0 if nothing is due.
	OldestDue(ctx context.Context) (time.Duration, error)
	// CountGivenUp returns how many grants the schedule has given up.
	CountGivenUp(ctx context.Context) (int, error)
	// CountProcessing returns how many payments have no final outcome yet.
	CountProcessing(ctx context.Context) (int, error)
}

const readTime = 5 * time.Second // for all of a State

// A stateCollector reads a State each time that somebody asks for the metrics.
type stateCollector struct {
	state                          State
	oldestDue, givenUp, processing *prometheus.Desc
}

func newStateCollector(s State) *stateCollector {
	return &stateCollector{
		state: s,
		oldestDue: prometheus.NewDesc(spell(string(grant.OldestDue))+"_seconds",
			"How long the grant or payment has been due that has waited longest for the schedule.", nil, nil),
		givenUp: prometheus.NewDesc(prefix+"grants_given_up",
			"Grants that the schedule no longer tries to keep or to end: see opgrants admin given-up.", nil, nil),
		processing: prometheus.NewDesc(prefix+"payments_processing",
			"Payments whose outcome is not final.", nil, nil),
	}
}

// Describe implements [prometheus.Collector].
func (c *stateCollector) Describe(all chan<- *prometheus.Desc) {
	all <- c.oldestDue
	all <- c.givenUp
	all <- c.processing
}

// Collect implements [prometheus.Collector].
func (c *stateCollector) Collect(all chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), readTime)
	defer cancel()
	oldest, err := c.state.OldestDue(ctx)
	all <- gauge(c.oldestDue, oldest.Seconds(), err)
	givenUp, err := c.state.CountGivenUp(ctx)
	all <- gauge(c.givenUp, float64(givenUp), err)
	processing, err := c.state.CountProcessing(ctx)
	all <- gauge(c.processing, float64(processing), err)
}

func gauge(d *prometheus.Desc, value float64, err error) prometheus.Metric {
	if err != nil {
		return prometheus.NewInvalidMetric(d, err)
	}
	return prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value)
}
