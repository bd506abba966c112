package main

import (
	"cmp"
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"time"

	"github.com/opgrants/opgrants/bench/internal/lambda"
)

// A served is what serve is measured with.
type served struct {
	Program string `json:"program"`
	Flow    string `json:"flow"` // token or payment: what ends it
	Clients int    `json:"clients"`
	Disk    string `json:"disk"`
	Stored  int    `json:"stored"` // grants, before
	file    string // with them
}

type serveResult struct {
	served
	Flows float64 `json:"flowsPerSecond"`
	P50   float64 `json:"p50Ms"`
	P95   float64 `json:"p95Ms"`
	P99   float64 `json:"p99Ms"`
	CPU   float64 `json:"processorMs"` // of serve, mean of a flow
}

// measureServe runs whole flows, from POST /grants to the token or to the payment of a
// checkout, against `opgrants serve` with the sandbox in a process of its own.
func measureServe(ctx context.Context, o options, p *programs) (all []serveResult, err error) {
	programs := []string{"opgrants"}
	if o.against != "" {
		other, err := buildAgainst(ctx, p, o.against)
		if err != nil {
			return nil, err
		}
		programs = append(programs, other)
	}
	for _, of := range []served{
		{Flow: "token", Disk: "disk"}, {Flow: "token", Disk: "memory"}, {Flow: "token", Disk: "disk", Stored: o.stored}, {Flow: "payment", Disk: "disk"},
	} {
		folder := p.dir
		if of.Disk == "memory" {
			folder = "/dev/shm"
		}
		dir, err := os.MkdirTemp(folder, "bench-serve-")
		if err != nil {
			return nil, err
		}
		defer func() { _ = os.RemoveAll(dir) }()
		if of.Stored > 0 {
			log.Printf("store %d grants", of.Stored)
			of.file = filepath.Join(dir, "stored.db")
			if err := storeGrants(ctx, of.file, of.Stored); err != nil {
				return nil, err
			}
		}
		for _, of.Clients = range []int{1, 8, 64} {
			for _, of.Program = range programs {
				if of.Flow == "payment" && of.Program != programs[0] {
					continue // older commits make none
				}
				log.Printf("%s serve: %ss of %d clients, data on %s, %d grants stored", of.Program, of.Flow, of.Clients, of.Disk, of.Stored)
				r, err := of.measure(ctx, p, filepath.Join(dir, of.Program, fmt.Sprint(of.Clients)), time.Duration(o.seconds)*time.Second)
				if err != nil {
					return nil, err
				}
				all = append(all, r)
			}
		}
	}
	return all, nil
}

// measure starts a sandbox and serve, and lets clients work.
func (of served) measure(ctx context.Context, p *programs, dir string, d time.Duration) (r serveResult, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return r, err
	}
	wallet, service := freeAddress(), freeAddress()
	_, stopWallet, err := startServer(ctx, p.path("opgrants"), dir, wallet, "sandbox", "--listen", wallet, "--wait", "0s", "--dir", filepath.Join(dir, "wallet"))
	if err != nil {
		return r, err
	}
	defer stopWallet()
	pid, stopService, err := startServer(ctx, p.path(of.Program), dir, service, "serve", "--listen", service, "--env-file", filepath.Join(dir, "wallet", "env"),
		"--data-file", cmp.Or(of.file, filepath.Join(dir, "opgrants.db")), "--public-url", "http://"+service, "--return-urls", "http://127.0.0.1/thanks")
	if err != nil {
		return r, err
	}
	defer stopService()
	before := lambda.Processor(pid)
	took, n, err := flows(ctx, client{service: "http://" + service, wallet: "http://" + wallet + "/approves", pays: of.Flow == "payment"}, of.Clients, d)
	if err != nil {
		return r, err
	}
	return serveResult{served: of, Flows: float64(len(took)) / d.Seconds(), P50: percentile(took, 50), P95: percentile(took, 95), P99: percentile(took, 99),
		CPU: millis(lambda.Processor(pid)-before) / float64(max(1, n))}, nil
}
