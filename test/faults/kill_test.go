package faults

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	kinds "github.com/opgrants/opgrants/internal/store"
	"github.com/opgrants/opgrants/internal/store/bolt"
	"github.com/opgrants/opgrants/pkg/sandbox"
	"github.com/opgrants/opgrants/test/faults/world"
	"github.com/opgrants/opgrants/test/parallel"
)

func TestMain(m *testing.M) {
	if os.Getenv(world.ChildEnv) != "" {
		world.ServeChild()
	}
	if os.Getenv(walletEnv) != "" {
		serveWallet()
	}
	code := parallel.Run(m, parallel.Waiting)
	if build.path != "" {
		_ = os.RemoveAll(filepath.Dir(build.path))
	}
	os.Exit(code)
}

// TestKill kills the process at each call of each operation, before and after the
// call acts, and starts it again.
func TestKill(t *testing.T) {
	kills, nth := 0, 0
	for _, op := range append(operations(), payments()...) {
		if strings.HasPrefix(op.name, "settle after") { // what every kill leads to
			continue
		}
		t.Run(strings.ReplaceAll(op.name, " ", "_"), func(t *testing.T) {
			for _, p := range callsOf(t, op) {
				for _, when := range []string{"before", "after"} {
					if nth++; !*full && nth%stride != 0 {
						continue
					}
					kills++
					t.Run(p.String()+"/"+when, func(t *testing.T) { t.Parallel(); kill(t, p, when == "after") })
				}
			}
		})
	}
	t.Logf("%d kills", kills)
}

// callsOf counts the calls of an operation.
func callsOf(t *testing.T, op operation) []point {
	h := &harness{open: stores["bolt"](t)}
	return h.count(t, op)
}

// A process is a service that can be killed.
type process struct {
	cmd  *exec.Cmd
	out  *bufio.Scanner
	log  bytes.Buffer
	once sync.Once
}

// startProcess runs a child and returns its URL.
func startProcess(t *testing.T, c world.Child) (*process, string) {
	t.Helper()
	config, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	p := &process{cmd: exec.Command(os.Args[0], "-test.run=^$")}
	p.cmd.Env = append(os.Environ(), world.ChildEnv+"="+string(config))
	p.cmd.Stderr = &p.log
	pipe, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.kill)
	p.out = bufio.NewScanner(pipe)
	if !p.out.Scan() || !strings.HasPrefix(p.out.Text(), "http") {
		p.kill()
		t.Fatalf("the child says %q:\n%s", p.out.Text(), p.log.String())
	}
	return p, p.out.Text()
}

// kill is kill -9.
func (p *process) kill() {
	p.once.Do(func() { _ = p.cmd.Process.Kill(); _ = p.cmd.Wait() })
}

func kill(t *testing.T, p point, after bool) {
	w, err := world.New(world.Config{Broken: func(rule string) { t.Error(rule) }})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	child := world.Child{File: filepath.Join(t.TempDir(), "grants.db"), Client: w.Client, Key: w.Key}
	first, url := startProcess(t, child)
	w.UseChild(url)
	s := w.NewSession(bodyOf(p.op))
	if p.op.key {
		s.Key = "key-1"
	}
	p.op.wantPayment(s)
	p.op.prepare(s)
	killed := make(chan struct{})
	hit := sync.OnceFunc(func() { first.kill(); close(killed) })
	if p.layer == "store" {
		w.HoldStore(p.n, after)
		go func() {
			if first.out.Scan() && first.out.Text() == "held" {
				hit()
			}
		}()
	} else {
		at := 0
		act := func(c sandbox.Call) {
			if c.Op == sandbox.OpConsent || c.Op == sandbox.OpKeys || c.Op == sandbox.OpIntrospect {
				return
			}
			if at++; at == p.n {
				hit()
			}
		}
		if after {
			w.Wallet.Hook(nil, act)
		} else {
			w.Wallet.Hook(act, nil)
		}
	}
	p.op.ask(s)
	select {
	case <-killed:
	case <-time.After(20 * time.Second):
		t.Fatal("the call where to kill did not come: an error of this test")
	}
	w.Heal()
	w.AddLog(first.log.String())
	second, url := startProcess(t, child)
	w.UseChild(url)
	w.Move(world.Lease)
	s.CarryOn()
	if s.ID != "" {
		s.Get()
		s.ReadPayment("")
		s.LetFollow()
		s.Get() // an end can have waited for the payment
	}
	second.kill()
	w.AddLog(second.log.String())
	store, err := bolt.Open(child.File)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = store.Close() }()
	w.UseStore(store, bolt.Of(store.File, kinds.Payments), s.ID)
	w.CheckEnd(1)
	if strings.Contains(w.Log(), "BROKEN") {
		t.Errorf("the child found a rule that does not hold:\n%s", w.Log())
	}
}
