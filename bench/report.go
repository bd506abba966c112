package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"
)

// A report is what one run has measured. Times are in milliseconds, sizes in bytes.
type report struct {
	Machine    machine           `json:"machine"`
	Functions  []functionResult  `json:"functions,omitempty"`
	Primitives []primitiveResult `json:"primitives,omitempty"`
	Serve      []serveResult     `json:"serve,omitempty"`
	Costs      []costResult      `json:"costsOfAMillion"`
	Sizes      map[string]int64  `json:"zipBytes"`
}

type machine struct {
	Date       string `json:"date"`
	Commit     string `json:"commit"`
	Processor  string `json:"processor"`
	Processors int    `json:"processors"`
	Kernel     string `json:"kernel"`
	Go         string `json:"go"`
	Node       string `json:"node"`
	Load       string `json:"loadAverage"` // before the run
}

type functionResult struct {
	Function string  `json:"function"`
	Program  string  `json:"program"`
	Init     float64 `json:"initMs"`        // median, from exec until it asks for its first event
	First    float64 `json:"firstAnswerMs"` // median, from exec
	FirstP95 float64 `json:"firstAnswerP95Ms"`
	ColdCPU  float64 `json:"coldProcessorMs"` // median
	P50      float64 `json:"warmP50Ms"`
	P95      float64 `json:"warmP95Ms"`
	P99      float64 `json:"warmP99Ms"`
	CPU      float64 `json:"warmProcessorMs"` // mean of a request
	Peak     int64   `json:"peakBytes"`       // after Requests
	Requests int     `json:"requests"`
}

func (c *candidate) result(requests int) functionResult {
	return functionResult{Function: c.Function, Program: c.Program,
		Init: percentile(c.init, 50), First: percentile(c.first, 50), FirstP95: percentile(c.first, 95), ColdCPU: percentile(c.coldCPU, 50),
		P50: percentile(c.warm, 50), P95: percentile(c.warm, 95), P99: percentile(c.warm, 99),
		CPU: millis(c.warmCPU) / float64(max(1, len(c.warm))), Peak: c.peak, Requests: requests}
}

func millis(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// percentile is the nearest rank.
func percentile(all []time.Duration, p int) float64 {
	if len(all) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(all))
	return millis(sorted[min(len(sorted)-1, len(sorted)*p/100)])
}

func thisMachine(ctx context.Context) machine {
	run := func(name string, args ...string) string {
		out, _ := exec.CommandContext(ctx, name, args...).Output()
		return strings.TrimSpace(string(out))
	}
	m := machine{Date: time.Now().UTC().Format(time.RFC3339), Commit: run("git", "rev-parse", "--short", "HEAD"), Processors: runtime.NumCPU(),
		Kernel: run("uname", "-sr"), Go: runtime.Version(), Node: run("node", "--version")}
	info, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(info)) {
		if name, value, _ := strings.Cut(line, ":"); strings.TrimSpace(name) == "model name" {
			m.Processor = strings.TrimSpace(value)
		}
	}
	load, _ := os.ReadFile("/proc/loadavg")
	m.Load = strings.Join(strings.Fields(string(load))[:3], " ")
	return m
}

// table is the report in Markdown.
func (r *report) table() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s, commit %s, %s (%d processors), %s, %s, Node %s, load average before %s.\n", r.Machine.Date, r.Machine.Commit,
		r.Machine.Processor, r.Machine.Processors, r.Machine.Kernel, r.Machine.Go, r.Machine.Node, r.Machine.Load)
	if len(r.Functions) > 0 {
		fmt.Fprintf(&b, "\n| function | program | exec to first answer, ms | of it INIT | processor, ms | warm p50, ms | p95 | p99 | processor per request, ms | peak memory, MB |\n|---|---|---|---|---|---|---|---|---|---|\n")
		for _, f := range sortedFunctions(r.Functions) {
			fmt.Fprintf(&b, "| %s | %s | %.1f | %.1f | %.1f | %.2f | %.2f | %.2f | %.2f | %.1f |\n", f.Function, f.Program, f.First, f.Init, f.ColdCPU, f.P50, f.P95, f.P99, f.CPU, float64(f.Peak)/1e6)
		}
	}
	if len(r.Primitives) > 0 {
		fmt.Fprintf(&b, "\n| primitive | µs | beside bare Ed25519 | allocations |\n|---|---|---|---|\n")
		for _, p := range r.Primitives {
			fmt.Fprintf(&b, "| %s | %.1f | %.2f × | %d |\n", p.Name, p.Micros, p.Ratio, p.Allocations)
		}
	}
	if len(r.Serve) > 0 {
		fmt.Fprintf(&b, "\n| serve | flow to the | clients | data on | grants stored | flows per second | p50, ms | p95 | p99 | processor of serve per flow, ms |\n|---|---|---|---|---|---|---|---|---|---|\n")
		for _, s := range r.Serve {
			fmt.Fprintf(&b, "| %s | %s | %d | %s | %d | %.0f | %.1f | %.1f | %.1f | %.2f |\n", s.Program, s.Flow, s.Clients, s.Disk, s.Stored, s.Flows, s.P50, s.P95, s.P99, s.CPU)
		}
	}
	fmt.Fprintf(&b, "\n| a million | opgrants, USD | Node, USD |\n|---|---|---|\n")
	for _, c := range r.Costs {
		node := "–"
		if c.Node > 0 {
			node = fmt.Sprintf("%.2f", c.Node)
		}
		fmt.Fprintf(&b, "| %s | %.2f | %s |\n", c.What, c.Opgrants, node)
	}
	fmt.Fprintf(&b, "\n| zip of | bytes |\n|---|---|\n")
	for _, name := range slices.Sorted(func(yield func(string) bool) {
		for name := range r.Sizes {
			if !yield(name) {
				return
			}
		}
	}) {
		fmt.Fprintf(&b, "| %s | %d |\n", name, r.Sizes[name])
	}
	return b.String()
}

func sortedFunctions(all []functionResult) []functionResult {
	sorted := slices.Clone(all)
	slices.SortStableFunc(sorted, func(a, b functionResult) int { return -strings.Compare(a.Function, b.Function) })
	return sorted
}

// write makes results.json, results.md and the chart.
func (r *report) write(dir string) error {
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return err
	}
	files := map[string]string{"results.json": string(text) + "\n", "results.md": r.table()}
	if len(r.Functions) > 0 {
		files["chart.svg"] = chart(r.Functions)
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			return err
		}
	}
	return nil
}
