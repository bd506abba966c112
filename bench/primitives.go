package main

import (
	"context"
	"fmt"
	"log"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
)

type primitiveResult struct {
	Name        string  `json:"name"`
	Micros      float64 `json:"microseconds"`
	Ratio       float64 `json:"besideEd25519"`
	Allocations int     `json:"allocations"`
}

var benchmarkLine = regexp.MustCompile(`(?m)^Benchmark(\w+?)(?:-\d+)?\s+\d+\s+([0-9.]+) ns/op\s+\d+ B/op\s+(\d+) allocs/op`)

// measurePrimitives runs the benchmarks of pkg/httpsig, and takes the fastest of five.
func measurePrimitives(ctx context.Context) ([]primitiveResult, error) {
	log.Print("primitives")
	cmd := exec.CommandContext(ctx, "go", "test", "./pkg/httpsig", "-run", "^$", "-bench", "Sign|Verify", "-benchmem", "-count", "5", "-benchtime", "0.5s")
	cmd.Dir = ".."
	out, err := cmd.CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("the benchmarks of pkg/httpsig: %w\n%s", err, out)
	}
	var names []string
	best := map[string]primitiveResult{}
	for _, m := range benchmarkLine.FindAllStringSubmatch(string(out), -1) {
		ns, _ := strconv.ParseFloat(m[2], 64)
		allocations, _ := strconv.Atoi(m[3])
		if b, ok := best[m[1]]; !ok {
			names = append(names, m[1])
		} else if b.Micros <= ns/1000 {
			continue
		}
		best[m[1]] = primitiveResult{Name: m[1], Micros: ns / 1000, Allocations: allocations}
	}
	var all []primitiveResult
	for _, name := range names {
		p := best[name]
		base := best[strings.TrimSuffix(name, "Bare")+"Bare"]
		p.Ratio = p.Micros / base.Micros
		all = append(all, p)
	}
	return all, nil
}
