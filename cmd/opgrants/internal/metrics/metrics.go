package metrics

import (
	"context"
	"log/slog"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/keeping"
	"github.com/opgrants/opgrants/internal/payment"
)

// Metrics are what one process has counted since its start.
type Metrics struct {
	registry *prometheus.Registry
	events   map[string]*prometheus.CounterVec
	results  *prometheus.CounterVec // of the schedule
	lastRun  prometheus.Gauge

	requests *prometheus.HistogramVec
	running  prometheus.Gauge
}

// New returns metrics that are all zero.
func New() *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		events:   map[string]*prometheus.CounterVec{},
		results: prometheus.NewCounterVec(prometheus.CounterOpts{Name: prefix + "schedule_grants_total",
			Help: "Due grants by what became of them: kept (the token was rotated), settled (a cancel was confirmed), lost (the wallet has ended the grant) or failed (it is tried again, or given up)."},
			[]string{"result"}),
		lastRun: prometheus.NewGauge(prometheus.GaugeOpts{Name: prefix + "schedule_last_run_timestamp_seconds",
			Help: "When the schedule last ran without an error; 0: not yet."}),
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: prefix + "http_request_duration_seconds",
			Help: "Duration of the requests to the API and to finish links.", Buckets: []float64{.05, .1, .25, .5, 1, 2.5, 5, 10, 15, 30}},
			[]string{"method", "code"}),
		running: prometheus.NewGauge(prometheus.GaugeOpts{Name: prefix + "http_requests_in_flight",
			Help: "Requests to the API and to finish links that are under way; --max-requests limits them."}),
	}
	for _, e := range events {
		var labels []string
		if e.byCode {
			labels = []string{"code"}
		}
		m.events[e.name] = prometheus.NewCounterVec(prometheus.CounterOpts{Name: spell(e.name) + "_total", Help: e.help}, labels)
		m.registry.MustRegister(m.events[e.name])
		if !e.byCode {
			m.events[e.name].WithLabelValues() // which shows it as 0
		}
	}
	for _, result := range []string{"kept", "settled", "lost", "failed"} {
		m.results.WithLabelValues(result)
	}
	m.registry.MustRegister(m.results, m.lastRun, m.requests, m.running,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), collectors.NewBuildInfoCollector())
	return m
}

// CountGrant counts an event of grants. It is a Count of [grant.Service].
func (m *Metrics) CountGrant(_ context.Context, metric grant.Metric, code string, n int) {
	m.count(string(metric), code, n)
}

// CountPayment counts an event of payments. It is a Count of [payment.Service].
func (m *Metrics) CountPayment(_ context.Context, metric payment.Metric, code string, n int) {
	m.count(string(metric), code, n)
}

func (m *Metrics) count(name, code string, n int) {
	for _, e := range events {
		switch {
		case e.name != name:
		case e.byCode:
			m.events[name].WithLabelValues(code).Add(float64(n))
		default:
			m.events[name].WithLabelValues().Add(float64(n))
		}
	}
}

// AddReport adds what the schedule has done since the last report.
func (m *Metrics) AddReport(r keeping.Report) {
	for result, n := range map[string]int{"kept": r.Kept, "settled": r.Settled, "lost": r.Lost, "failed": r.Failed} {
		m.results.WithLabelValues(result).Add(float64(n))
	}
}

// ScheduleRan records that the schedule has run now, without an error.
func (m *Metrics) ScheduleRan() { m.lastRun.SetToCurrentTime() }

// Measure returns next, whose requests are measured.
func (m *Metrics) Measure(next http.Handler) http.Handler {
	return promhttp.InstrumentHandlerInFlight(m.running, promhttp.InstrumentHandlerDuration(m.requests, next))
}

// Watch shows a state too, which is read whenever somebody asks for the metrics.
func (m *Metrics) Watch(s State) { m.registry.MustRegister(newStateCollector(s)) }

// Handler answers GET /metrics. What cannot be read is left out and logged.
func (m *Metrics) Handler(log *slog.Logger) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{
		ErrorHandling: promhttp.ContinueOnError, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelError), MaxRequestsInFlight: 2}))
	return mux
}
