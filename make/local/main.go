// Command local runs the functions in containers with `sam local start-api`, emulators
// of the AWS services that they use, and the demo's shop. `make local` runs it in the
// root of the repository.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
)

// Directories, relative to the root of the repository.
const (
	tools = ".tools"
	built = ".aws-sam/local" // what is made and logged here

	// walletPort is the sandbox's in events/request-grant.json. If another
	// program listens there, any free port is used.
	walletPort = "3388"
)

// A local has all programs that run.
type local struct {
	auto         bool
	tools, built string // absolute paths of these
	opgrants     string // the binary, built beside this one
	tmp          string
	bridge       string // see findBridge
	running      []*process
	stop         context.CancelCauseFunc // ends all programs

	dynamoDB, secretsManager, api, wallet, shop string // ports of 127.0.0.1
	queue                                       string // the URL of the queue of tasks, which no function takes
}

func main() {
	l := &local{}
	flag.BoolVar(&l.auto, "auto", false, "run the steps of the demo by themselves, and end")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := l.run(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "local:", err)
		os.Exit(1)
	}
}

// run runs all programs until it is interrupted or one of them ends.
func (l *local) run(ctx context.Context) (err error) {
	if err := l.prepare(ctx); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(l.tmp)) }()
	defer l.endAll()
	ctx, l.stop = context.WithCancelCause(ctx)
	if err := l.startAll(ctx); err != nil && ctx.Err() == nil {
		return err
	}
	<-ctx.Done()
	if e := (ending{}); errors.As(context.Cause(ctx), &e) {
		return e
	}
	return nil
}

func (l *local) startAll(ctx context.Context) error {
	for _, start := range []func(context.Context) error{l.startBackends, l.forward, l.startFunctions, l.startShop} {
		if err := start(ctx); err != nil {
			return err
		}
	}
	return nil
}

// prepare sets the directories, the bridge and the ports.
func (l *local) prepare(ctx context.Context) (err error) {
	if l.bridge, err = findBridge(ctx); err != nil {
		return err
	}
	if l.tools, err = filepath.Abs(tools); err != nil {
		return err
	}
	if l.built, err = filepath.Abs(built); err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	l.opgrants = filepath.Join(filepath.Dir(self), "opgrants")
	if err := os.MkdirAll(l.built, 0o750); err != nil {
		return err
	}
	for _, port := range []*string{&l.wallet, &l.dynamoDB, &l.secretsManager, &l.api, &l.shop} {
		wanted := "0"
		if port == &l.wallet {
			wanted = walletPort
		}
		listener, err := net.Listen("tcp", "127.0.0.1:"+wanted)
		if err != nil && wanted != "0" {
			listener, err = net.Listen("tcp", "127.0.0.1:0")
		}
		if err != nil {
			return err
		}
		defer listener.Close() // after the loop, so that all ports differ
		_, *port, _ = net.SplitHostPort(listener.Addr().String())
	}
	l.tmp, err = os.MkdirTemp("", "opgrants-local-")
	return err
}

// startShop starts the demo's shop and wallet. With auto the demo ends by itself.
func (l *local) startShop(ctx context.Context) error {
	fmt.Printf("The table is in DynamoDB Local at %s, the key in an emulated Secrets Manager at %s. Logs are in %s.\n"+
		"To invoke one function with its event, in another terminal:\n"+
		"    %s/sam/bin/sam local invoke RequestGrant --event events/request-grant.json --config-file \"$PWD/%s/samconfig.toml\"\n\n",
		here(l.dynamoDB), here(l.secretsManager), built, tools, built)
	args := []string{"demo", "--listen", "127.0.0.1:" + l.shop, "--service", here(l.api), "--wallet-url", there(l.wallet), "--jwks", l.jwksFile()}
	if l.auto {
		args = append(args, "--auto")
	}
	cmd := exec.CommandContext(context.WithoutCancel(ctx), l.opgrants, args...)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	return l.start("shop", cmd)
}

// here is the URL of a port for this machine, there is the URL for containers.
func here(port string) string  { return "http://127.0.0.1:" + port }
func there(port string) string { return "http://" + hostInContainers + ":" + port }
