package main

import (
	"context"
	"encoding/json"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/store/bolt"
	"github.com/opgrants/opgrants/pkg/sandbox"
)

// putGrants puts grants into a data file, before a service opens it.
func putGrants(t *testing.T, file string, items ...*grant.Item) {
	t.Helper()
	s, err := bolt.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for _, it := range items {
		if err := s.Create(ctx, it); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

var givenUpAt = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)

// givenUp are n grants whose end the wallet did not confirm.
func givenUp(p *place, n int) (items []*grant.Item) {
	for i := range n {
		items = append(items, &grant.Item{ID: "grant-" + strconv.Itoa(1000+i), Owner: "shop", Status: grant.Granted, Ending: grant.Revoked, Claimed: true,
			GrantEndpoint: p.wallet.AuthServer(), ContinueURI: p.wallet.AuthServer() + "/continue/gone", ContinueToken: "t",
			Failures: &grant.Failures{Count: 35, Last: grant.At(givenUpAt)}, Shard: grant.ShardGivenUp, Due: grant.At(givenUpAt) + grant.Instant(i)})
	}
	return items
}

func TestAnOperatorListsWhatWasGivenUpAndHasItTriedAgain(t *testing.T) {
	p := newPlace(t, sandbox.Config{})
	args, env := p.serve(t)
	file := dataFile(t, args)
	items := givenUp(p, 250)
	putGrants(t, file, items...)
	r := start(t, env, args...)
	r.listening(t)
	waitFor(t, file+".sock")
	if info, err := os.Stat(file + ".sock"); err != nil || info.Mode().Perm() != 0o600 || info.Mode().Type() != fs.ModeSocket {
		t.Fatal(info, err)
	}

	got := start(t, nil, "admin", "given-up", "--data-file", file).end(t)
	lines := strings.Split(strings.TrimSpace(got.out), "\n")
	if got.code != exit.OK || len(lines) != 250 {
		t.Fatalf("%d, %d lines: %s", got.code, len(lines), got.err)
	}
	for i, line := range lines {
		if want := items[i].ID + "\t2026-11-01T12:00:00Z\tcancel\t35\t" + items[i].Host() + "\tshop"; line != want {
			t.Fatalf("line %d is %q, want %q", i, line, want)
		}
	}
	if got := start(t, nil, "admin", "retry", "grant-1007", "--data-file", file).end(t); got.code != exit.OK {
		t.Errorf("%d: %s", got.code, got.err)
	}
	got = start(t, map[string]string{"DATA_FILE": file}, "admin", "given-up", "--json").end(t)
	var object struct{ Grants []struct{ ID string } }
	if err := json.Unmarshal([]byte(got.out), &object); err != nil || len(object.Grants) != 249 || strings.Contains(got.out, "grant-1007") {
		t.Errorf("%d, %v, %d grants", got.code, err, len(object.Grants))
	}
	for id, want := range map[string]string{"grant-1007": "has not given this grant up", "gone": "there is no such grant"} {
		if got := start(t, nil, "admin", "retry", id, "--data-file", file).end(t); got.code != exit.Usage || !strings.Contains(got.err, id) || !strings.Contains(got.err, want) {
			t.Errorf("%s: %d: %s", id, got.code, got.err)
		}
	}
	r.cancel()
	if got := r.end(t); got.code != exit.OK {
		t.Errorf("ended with %d:\n%s", got.code, got.err)
	}
	if _, err := os.Stat(file + ".sock"); err == nil {
		t.Error("the socket is left")
	}
}

func TestWithoutAServiceAnOperatorHearsWhatToDo(t *testing.T) {
	dir := t.TempDir()
	for name, prepare := range map[string]func(file string){
		"no file": func(string) {},
		"a socket that a crash has left": func(file string) {
			l, err := net.ListenUnix("unix", &net.UnixAddr{Name: file + ".sock"})
			if err != nil {
				t.Fatal(err)
			}
			l.SetUnlinkOnClose(false)
			_ = l.Close()
		},
	} {
		file := filepath.Join(dir, strings.ReplaceAll(name, " ", "-"))
		prepare(file)
		for _, args := range [][]string{{"given-up"}, {"retry", "id"}, {"given-up", "--json"}} {
			got := start(t, nil, append(append([]string{"admin"}, args...), "--data-file", file)...).end(t)
			if got.code != exit.NotRunning || !strings.Contains(got.err, "start opgrants serve") || !strings.Contains(got.err, "DATA_FILE") {
				t.Errorf("%s: %d: %s", name, got.code, got.err)
			}
		}
	}
}

func TestServeReplacesASocketThatACrashHasLeftAndNothingElse(t *testing.T) {
	p := newPlace(t, sandbox.Config{})
	args, env := p.serve(t)
	file := dataFile(t, args)
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: file + ".sock"})
	if err != nil {
		t.Fatal(err)
	}
	l.SetUnlinkOnClose(false)
	_ = l.Close()
	r := start(t, env, args...)
	r.listening(t)
	waitFor(t, file+".sock")
	got := start(t, nil, "admin", "given-up", "--data-file", file).end(t)
	if got.code != exit.OK || got.out != "" {
		t.Errorf("%d: %s%s", got.code, got.out, got.err)
	}
	r.cancel()
	r.end(t)

	if err := os.WriteFile(file+".sock", []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	r = start(t, env, args...)
	r.logs(t, "opgrants admin does not work: its socket cannot be made")
	r.cancel()
	r.end(t)
	if b, err := os.ReadFile(file + ".sock"); err != nil || string(b) != "mine" {
		t.Errorf("what was there is %q, %v", b, err)
	}
}

// waitFor waits until somebody answers at a socket.
func waitFor(t *testing.T, socket string) {
	t.Helper()
	for limit := time.Now().Add(10 * time.Second); time.Now().Before(limit); time.Sleep(time.Millisecond) {
		if c, err := net.Dial("unix", socket); err == nil {
			_ = c.Close()
			return
		}
	}
	t.Fatal("nobody answers at " + socket)
}
