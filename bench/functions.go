package main

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"github.com/opgrants/opgrants/bench/internal/lambda"
	"github.com/opgrants/opgrants/bench/internal/stubs"
)

// A candidate is one program in the role of one function.
type candidate struct {
	Function, Program string

	root     string // see programs
	command  []string
	env      []string
	event    []byte
	status   int
	upstream *upstream

	init, first, coldCPU []time.Duration
	warm                 []time.Duration
	warmCPU              time.Duration
	peak                 int64
}

// measureFunctions lets the programs take turns, so that each sees the same machine.
func measureFunctions(ctx context.Context, o options, p *programs) ([]functionResult, error) {
	all, closeAll, err := candidates(ctx, p)
	defer closeAll()
	if err != nil {
		return nil, err
	}
	for i := range o.starts + 1 {
		log.Printf("cold start %d of %d", i, o.starts)
		for _, c := range all {
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			if err := c.start(ctx, i > 0); err != nil { // the first fills the page cache
				return nil, err
			}
		}
	}
	if err := measureWarm(ctx, o, all); err != nil {
		return nil, err
	}
	var results []functionResult
	for _, c := range all {
		results = append(results, c.result(o.requests))
	}
	return results, nil
}

func (c *candidate) start(ctx context.Context, counts bool) error {
	f, start, body, err := lambda.Run(ctx, c.root, c.command, c.env, c.event)
	if err != nil {
		return fmt.Errorf("%s: %w", c.name(), err)
	}
	defer f.Close()
	if counts {
		c.init, c.first, c.coldCPU = append(c.init, start.Init), append(c.first, start.FirstAnswer), append(c.coldCPU, start.Processor)
	}
	return c.check(body)
}

func (c *candidate) name() string { return c.Program + " " + c.Function }

func (c *candidate) check(body []byte) error {
	var answer events.APIGatewayV2HTTPResponse
	if err := json.Unmarshal(body, &answer); err != nil || answer.StatusCode != c.status {
		return fmt.Errorf("%s: want %d, the answer is %s (%v)", c.name(), c.status, body, err)
	}
	return nil
}

// measureWarm keeps one of each running, and gives each a block of requests in turn.
func measureWarm(ctx context.Context, o options, all []*candidate) error {
	running := make([]*lambda.Function, len(all))
	defer func() {
		for _, f := range running {
			if f != nil {
				f.Close()
			}
		}
	}()
	for i, c := range all {
		f, _, _, err := lambda.Run(ctx, c.root, c.command, c.env, c.event)
		if err != nil {
			return fmt.Errorf("%s: %w", c.name(), err)
		}
		running[i] = f
		for range 2 * o.block { // until a just-in-time compiler has done most of its work
			if _, _, err := f.Invoke(c.event); err != nil {
				return fmt.Errorf("%s: %w", c.name(), err)
			}
		}
	}
	for done := 0; done < o.requests; done += o.block {
		log.Printf("warm requests: %d of %d", done, o.requests)
		for i, c := range all {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if err := c.block(running[i], o.block); err != nil {
				return err
			}
		}
	}
	for i, c := range all {
		c.peak = running[i].PeakMemory()
	}
	return nil
}

func (c *candidate) block(f *lambda.Function, n int) error {
	before := f.Processor()
	for range n {
		took, body, err := f.Invoke(c.event)
		if err == nil {
			err = c.check(body)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", c.name(), err)
		}
		c.warm = append(c.warm, took)
	}
	c.warmCPU += f.Processor() - before
	return nil
}

// candidates are all programs in both roles. Each has stubs of its own, but the bare
// program, which has those that it repeats the calls of.
func candidates(ctx context.Context, p *programs) (all []*candidate, closeAll func(), err error) {
	var upstreams []*upstream
	closeAll = func() {
		for _, u := range upstreams {
			u.close()
		}
	}
	for _, kind := range []struct {
		name string
		node bool
		env  []string
	}{
		{"opgrants", false, nil},
		{"Node", true, []string{"VALIDATE=off"}},
		{"Node, validating", true, []string{"VALIDATE=on"}},
	} {
		u, err := startUpstream(ctx, p)
		if err != nil {
			return nil, closeAll, err
		}
		upstreams = append(upstreams, u)
		command := func(function string) []string {
			if kind.node {
				return []string{"node", p.path("node/" + function + ".cjs")}
			}
			return []string{p.function(function)}
		}
		env := append(environment(u.url), kind.env...)
		root := p.root
		if kind.node {
			root = ""
		}
		request := &candidate{root: root, Function: "request-grant", Program: kind.name, command: command("request-grant"), env: env, event: requestEvent(u.url), status: 201, upstream: u}
		finish, answers, err := makeFinish(ctx, request, command("finish-callback"))
		if err != nil {
			return nil, closeAll, err
		}
		all = append(all, request, finish)
		if kind.name == "opgrants" {
			bare, err := bareCandidates(ctx, p, request, finish, answers)
			if err != nil {
				return nil, closeAll, err
			}
			all = append(all, bare...)
			for _, c := range []*candidate{request, finish} {
				all = append(all, &candidate{Function: c.Function, root: root, Program: "empty", command: []string{p.function("empty")}, event: c.event, status: 204, upstream: u})
			}
		}
	}
	return all, closeAll, nil
}

func environment(url string) []string {
	return []string{
		"PATH=" + os.Getenv("PATH"), "AWS_REGION=eu-west-1", "AWS_ENDPOINT_URL=" + url, "AWS_ACCESS_KEY_ID=AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY=secret",
		"GRANTS_TABLE=grants", "SIGNING_KEY_SECRET=key", "PUBLIC_URL=https://api.example", "RETURN_URLS=https://shop.example/thanks",
		"INSECURE_ALLOW_LOCAL=true", "NODE_ENV=production", "AWS_NODEJS_CONNECTION_REUSE_ENABLED=1",
	}
}

// event reads an event of the repository and changes it.
func event(file string, edit func(*events.APIGatewayV2HTTPRequest)) []byte {
	var e events.APIGatewayV2HTTPRequest
	text, err := os.ReadFile("../events/" + file)
	if err == nil {
		err = json.Unmarshal(text, &e)
	}
	if err != nil {
		log.Fatal(err)
	}
	edit(&e)
	text, _ = json.Marshal(e)
	return text
}

func requestEvent(url string) []byte {
	return event("request-grant.json", func(e *events.APIGatewayV2HTTPRequest) {
		e.Body = `{"walletAddress":"` + url + `/alice","limits":{"debitAmount":{"value":"130","assetCode":"USD","assetScale":2}},"returnUrl":"https://shop.example/thanks","reference":"order-7"}`
	})
}

// makeFinish requests a grant, and is the candidate that finishes it, with the answers of both.
func makeFinish(ctx context.Context, request *candidate, command []string) (*candidate, [2]events.APIGatewayV2HTTPResponse, error) {
	var answers [2]events.APIGatewayV2HTTPResponse
	f, _, body, err := lambda.Run(ctx, request.root, request.command, request.env, request.event)
	if err != nil {
		return nil, answers, fmt.Errorf("%s: %w", request.name(), err)
	}
	f.Close()
	if err := request.check(body); err != nil {
		return nil, answers, err
	}
	_ = json.Unmarshal(body, &answers[0])
	var made struct{ ID string }
	_ = json.Unmarshal([]byte(answers[0].Body), &made)
	seen, err := request.upstream.seen(ctx)
	if err != nil {
		return nil, answers, err
	}
	hash := sha256.Sum256([]byte(strings.Join([]string{seen.Nonce, stubs.ServerNonce, stubs.InteractRef, request.upstream.url + "/auth"}, "\n")))
	query := url.Values{"hash": {base64.StdEncoding.EncodeToString(hash[:])}, "interact_ref": {stubs.InteractRef}}
	c := *request
	c.Function, c.command, c.status = "finish-callback", command, 303
	c.event = event("finish-callback.json", func(e *events.APIGatewayV2HTTPRequest) {
		e.RawPath, e.RequestContext.HTTP.Path = "/grants/"+made.ID+"/finish", "/grants/"+made.ID+"/finish"
		e.PathParameters = map[string]string{"id": made.ID}
		e.RawQueryString = query.Encode()
		e.QueryStringParameters = map[string]string{"hash": query.Get("hash"), "interact_ref": stubs.InteractRef}
	})
	f, _, body, err = lambda.Run(ctx, c.root, c.command, c.env, c.event)
	if err != nil {
		return nil, answers, fmt.Errorf("%s: %w", c.name(), err)
	}
	f.Close()
	_ = json.Unmarshal(body, &answers[1])
	return &c, answers, c.check(body)
}

// bareCandidates send what opgrants has sent.
func bareCandidates(ctx context.Context, p *programs, request, finish *candidate, answers [2]events.APIGatewayV2HTTPResponse) (all []*candidate, err error) {
	seen, err := request.upstream.seen(ctx)
	if err != nil {
		return nil, err
	}
	last := func(call string) string { return seen.Recorded[call][len(seen.Recorded[call])-1] }
	for i, of := range []*candidate{request, finish} {
		var get struct {
			Key struct{ ID struct{ S string } }
		}
		_ = json.Unmarshal([]byte(last("GetItem")), &get)
		text, _ := json.Marshal(map[string]any{
			"Function": of.Function, "Grant": last("grant"), "Continue": last("continue"), "Put": last("PutItem"),
			"Updates": seen.Recorded["UpdateItem"], "Key": get.Key.ID.S, "Answer": answers[i],
		})
		script := "script-" + of.Function + ".json"
		if err := os.WriteFile(filepath.Join(cmp.Or(p.root, p.dir), script), text, 0o600); err != nil {
			return nil, err
		}
		c := *of
		c.Program, c.command, c.env = "bare", []string{p.function("bare")}, append(of.env[:len(of.env):len(of.env)], "BENCH_SCRIPT="+p.function(script))
		all = append(all, &c)
	}
	return all, nil
}
