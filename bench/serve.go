package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"time"
)

type serveResult struct {
	Program string  `json:"program"`
	Clients int     `json:"clients"`
	Disk    string  `json:"disk"`
	Stored  int     `json:"stored"` // grants, before
	Flows   float64 `json:"flowsPerSecond"`
	P50     float64 `json:"p50Ms"`
	P95     float64 `json:"p95Ms"`
	P99     float64 `json:"p99Ms"`
}

// measureServe runs whole flows, from POST /grants to the token, against `opgrants serve`
// with the sandbox in a process of its own.
func measureServe(ctx context.Context, o options, p *programs) (all []serveResult, err error) {
	served := []string{"opgrants"}
	if o.against != "" {
		other, err := buildAgainst(ctx, p, o.against)
		if err != nil {
			return nil, err
		}
		served = append(served, other)
	}
	for _, disk := range []struct {
		name, dir string
		stored    int
	}{{"disk", p.dir, 0}, {"memory", "/dev/shm", 0}, {"disk", p.dir, o.stored}} {
		dir, err := os.MkdirTemp(disk.dir, "bench-serve-")
		if err != nil {
			return nil, err
		}
		defer func() { _ = os.RemoveAll(dir) }()
		file := ""
		if disk.stored > 0 {
			log.Printf("store %d grants", disk.stored)
			file = filepath.Join(dir, "stored.db")
			if err := storeGrants(ctx, file, disk.stored); err != nil {
				return nil, err
			}
		}
		for _, clients := range []int{1, 8, 64} {
			for _, program := range served {
				log.Printf("%s serve with %d clients, data on %s, %d grants stored", program, clients, disk.name, disk.stored)
				r, err := measureClients(ctx, p, program, filepath.Join(dir, program, fmt.Sprint(clients)), file, clients, time.Duration(o.seconds)*time.Second)
				if err != nil {
					return nil, err
				}
				r.Program, r.Disk, r.Stored = program, disk.name, disk.stored
				all = append(all, r)
			}
		}
	}
	return all, nil
}

// measureClients uses file, or one of its own if that is "".
func measureClients(ctx context.Context, p *programs, program, dir, file string, clients int, d time.Duration) (r serveResult, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return r, err
	}
	wallet, service := freeAddress(), freeAddress()
	stopWallet, err := startServer(ctx, p.path("opgrants"), dir, wallet, "sandbox", "--listen", wallet, "--wait", "0s", "--dir", filepath.Join(dir, "wallet"))
	if err != nil {
		return r, err
	}
	defer stopWallet()
	stopService, err := startServer(ctx, p.path(program), dir, service, "serve", "--listen", service, "--env-file", filepath.Join(dir, "wallet", "env"),
		"--data-file", cmp.Or(file, filepath.Join(dir, "opgrants.db")), "--public-url", "http://"+service, "--return-urls", "http://127.0.0.1/thanks")
	if err != nil {
		return r, err
	}
	defer stopService()
	return flows(ctx, "http://"+service, "http://"+wallet+"/approves", clients, d)
}

const benchToken = "0123456789abcdef0123456789abcdef0123456789abcdef"

// flows lets each client do flow after flow until the time is over.
func flows(ctx context.Context, service, wallet string, clients int, d time.Duration) (r serveResult, err error) {
	var (
		mu   sync.Mutex
		took []time.Duration
		wg   sync.WaitGroup
	)
	ctx, cancel := context.WithTimeoutCause(ctx, d+20*time.Second, errors.New("flows hang"))
	defer cancel()
	client := &http.Client{
		Transport:     &http.Transport{MaxIdleConnsPerHost: clients},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	warm, began := time.Now(), time.Now().Add(time.Second)
	end := warm.Add(time.Second + d)
	for range clients {
		wg.Go(func() {
			for time.Now().Before(end) && ctx.Err() == nil {
				start := time.Now()
				failed := flow(ctx, client, service, wallet)
				now := time.Now()
				mu.Lock()
				if failed != nil {
					err = failed
					cancel()
				} else if start.After(began) && now.Before(end) {
					took = append(took, now.Sub(start))
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	return serveResult{Clients: clients, Flows: float64(len(took)) / d.Seconds(), P50: percentile(took, 50), P95: percentile(took, 95), P99: percentile(took, 99)}, err
}

// flow is one consent: the request, the user's visit at the wallet, the finish, the token.
func flow(ctx context.Context, client *http.Client, service, wallet string) error {
	var made struct{ ID, ConsentURL string }
	body := `{"walletAddress":"` + wallet + `","limits":{"debitAmount":{"value":"130","assetCode":"USD","assetScale":2}},"returnUrl":"http://127.0.0.1/thanks"}`
	if _, err := send(ctx, client, http.MethodPost, service+"/grants", body, http.StatusCreated, &made); err != nil {
		return err
	}
	finish, err := send(ctx, client, http.MethodGet, made.ConsentURL, "", http.StatusFound, nil)
	if err != nil {
		return err
	}
	back, err := send(ctx, client, http.MethodGet, finish, "", http.StatusSeeOther, nil)
	if err != nil {
		return err
	}
	u, err := url.Parse(back)
	if err != nil {
		return err
	}
	_, err = send(ctx, client, http.MethodPost, service+"/grants/"+made.ID+"/token", `{"code":"`+u.Query().Get("code")+`"}`, http.StatusOK, nil)
	return err
}

func send(ctx context.Context, client *http.Client, method, url, body string, want int, v any) (location string, err error) {
	r, err := http.NewRequestWithContext(ctx, method, url, bytes.NewReader([]byte(body)))
	if err != nil {
		return "", err
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Authorization", "Bearer "+benchToken)
	}
	answer, err := client.Do(r)
	if err != nil {
		return "", err
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return "", err
	}
	if answer.StatusCode != want && !(want == http.StatusFound && answer.Header.Get("Location") != "") {
		return "", fmt.Errorf("%s %s: %s: %s", method, url, answer.Status, text)
	}
	if v != nil {
		err = json.Unmarshal(text, v)
	}
	return answer.Header.Get("Location"), err
}

func freeAddress() string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// startServer runs a command of opgrants until stop is called, once it listens.
func startServer(ctx context.Context, program, dir, address string, args ...string) (stop func(), err error) {
	output, err := os.Create(filepath.Join(dir, args[0]+".log"))
	if err != nil {
		return nil, err
	}
	defer func() { _ = output.Close() }()
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir = dir
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "API_TOKEN=shop:" + benchToken}
	cmd.Stdout, cmd.Stderr = output, output
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	exited := make(chan error, 1)
	go func() { exited <- cmd.Wait() }()
	stop = func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		<-exited //nolint:errcheck // stopped
	}
	for range 500 {
		if c, err := new(net.Dialer).DialContext(ctx, "tcp", address); err == nil {
			return stop, c.Close()
		}
		select {
		case err := <-exited:
			text, _ := os.ReadFile(output.Name())
			return nil, fmt.Errorf("opgrants %s has ended: %v\n%s", args[0], err, text)
		case <-time.After(20 * time.Millisecond):
		}
	}
	stop()
	return nil, fmt.Errorf("opgrants %s does not listen at %s", args[0], address)
}
