// Command bench measures the functions beside the least that they can cost, an empty
// function, and the same functions in Node; the signatures beside bare Ed25519; and
// `opgrants serve`. Run it with `make bench`.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"
	"path/filepath"
)

type options struct {
	starts, requests, block int
	seconds, stored         int
	only, against           string
	work, out               string
}

func main() {
	log.SetFlags(0)
	var o options
	stubsOnly := flag.Bool("stubs", false, "serve the stubs, and print their URL")
	flag.IntVar(&o.starts, "starts", 20, "cold starts of each program")
	flag.IntVar(&o.requests, "requests", 2000, "warm requests to each program")
	flag.IntVar(&o.block, "block", 100, "requests to one program before the next has its turn")
	flag.IntVar(&o.seconds, "seconds", 8, "how long serve is measured with each number of clients")
	flag.IntVar(&o.stored, "stored", 1_000_000, "how many grants serve has stored, when it is measured with many")
	flag.StringVar(&o.only, "only", "", "functions, primitives, serve or costs; empty: all")
	flag.StringVar(&o.against, "against", "", "a commit whose serve is measured beside this one's; empty: none")
	flag.StringVar(&o.work, "work", ".work", "folder for what is built")
	flag.StringVar(&o.out, "out", "results", "folder for the results")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if *stubsOnly {
		log.Fatal(serveStubs(ctx))
	}
	if err := run(ctx, o); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, o options) error {
	var err error
	if o.work, err = filepath.Abs(o.work); err != nil {
		return err
	}
	p, err := build(ctx, o.work)
	if err != nil {
		return err
	}
	r := &report{Machine: thisMachine(ctx), Sizes: p.sizes}
	if o.only == "" || o.only == "functions" {
		if r.Functions, err = measureFunctions(ctx, o, p); err != nil {
			return err
		}
	}
	if o.only == "" || o.only == "primitives" {
		if r.Primitives, err = measurePrimitives(ctx); err != nil {
			return err
		}
	}
	if o.only == "" || o.only == "serve" {
		if r.Serve, err = measureServe(ctx, o, p); err != nil {
			return err
		}
	}
	if r.Costs, err = measureCosts(r.Functions); err != nil {
		return err
	}
	if err := r.write(o.out); err != nil {
		return err
	}
	fmt.Print(r.table())
	return nil
}
