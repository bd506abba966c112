package main

import (
	"bufio"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/opgrants/opgrants/bench/internal/stubs"
)

// serveStubs serves until ctx is done.
func serveStubs(ctx context.Context) error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	url := "http://" + listener.Addr().String()
	seed := base64.StdEncoding.EncodeToString([]byte("a seed of an Ed25519 key, 32 byt"))
	server := &http.Server{ReadHeaderTimeout: time.Minute, Handler: &stubs.Stubs{URL: url, Secret: `{"walletAddress":"` + url + `/client","keyId":"k1","privateKey":"` + seed + `"}`}}
	fmt.Println(url)
	go func() { <-ctx.Done(); _ = server.Close() }()
	return server.Serve(listener)
}

// upstream is the stubs in a process of their own.
type upstream struct {
	cmd *exec.Cmd
	url string
}

func startUpstream(ctx context.Context, p *programs) (*upstream, error) {
	u := &upstream{cmd: exec.CommandContext(ctx, p.path("bench"), "-stubs")}
	u.cmd.Stderr = os.Stderr
	out, err := u.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := u.cmd.Start(); err != nil {
		return nil, err
	}
	lines := bufio.NewScanner(out)
	if !lines.Scan() {
		u.close()
		return nil, errors.New("the stubs have not started")
	}
	u.url = strings.TrimSpace(lines.Text())
	return u, nil
}

func (u *upstream) close() { _ = u.cmd.Process.Kill(); _ = u.cmd.Wait() }

// seen is what was called so far.
func (u *upstream) seen(ctx context.Context) (s stubs.Seen, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, u.url+"/seen", nil)
	if err != nil {
		return s, err
	}
	answer, err := new(http.Client).Do(r)
	if err != nil {
		return s, err
	}
	defer func() { _ = answer.Body.Close() }()
	return s, json.NewDecoder(answer.Body).Decode(&s)
}
