package main

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
	"github.com/opgrants/opgrants/pkg/sandbox"
)

// files are the names in a folder.
func files(t *testing.T, dir string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// A grant that the app had heard of before the backup began is in the backup, and the
// service starts with it, whatever was written meanwhile.
func TestABackupOfARunningServiceHasEachGrant(t *testing.T) {
	p := newPlace(t, sandbox.Config{})
	args, env := p.serve(t)
	file, to := dataFile(t, args), filepath.Join(t.TempDir(), "backup.db")
	r := start(t, env, args...)
	service := r.listening(t)
	waitFor(t, file+".sock")

	var mu sync.Mutex
	var ids []string
	stop := make(chan struct{})
	var apps sync.WaitGroup
	for range 4 {
		apps.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				status, grant := call(t, "POST", service+"/grants", shopToken, order(p))
				if status != 201 {
					t.Errorf("%d %v", status, grant)
					return
				}
				mu.Lock()
				ids = append(ids, grant["id"].(string))
				mu.Unlock()
			}
		})
	}
	count := func() int { mu.Lock(); defer mu.Unlock(); return len(ids) }
	for limit := time.Now().Add(20 * time.Second); count() < 20 && time.Now().Before(limit); {
		time.Sleep(time.Millisecond)
	}
	before := count()
	got := runs(t, nil, "admin", "backup", to, "--data-file", file)
	meanwhile := count() - before
	close(stop)
	apps.Wait()
	if got.code != exit.OK || !strings.Contains(got.err, to) {
		t.Fatalf("%d: %s", got.code, got.err)
	}
	if info, err := os.Stat(to); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the backup is %v, %v", info, err)
	}
	if left := append(files(t, filepath.Dir(to)), files(t, filepath.Dir(file))...); len(left) != 3 {
		t.Errorf("left are %v; want the backup, the data file and its socket", left)
	}
	t.Logf("%d grants before the backup, %d meanwhile", before, meanwhile)

	again := runs(t, nil, "admin", "backup", to, "--data-file", file)
	wantEnding(t, again, exit.Usage, to, "exists")
	wantEnding(t, runs(t, nil, "admin", "backup", file, "--data-file", file), exit.Usage, file, "exists")
	r.cancel()
	r.end(t)

	restored, env := p.serve(t)
	service = start(t, env, append(restored, "--data-file", to)...).listening(t)
	for _, id := range ids[:before] {
		if status, grant := call(t, "GET", service+"/grants/"+id, shopToken, ""); status != 200 || grant["status"] != "pending" {
			t.Errorf("grant %s is not in the backup: %d %v", id, status, grant)
		}
	}
	if status, grant := call(t, "POST", service+"/grants", shopToken, order(p)); status != 201 {
		t.Errorf("a new grant: %d %v", status, grant)
	}
}

// Whatever goes wrong, there is no file under the name of the backup, and none beside
// it.
func TestHalfABackupHasNoName(t *testing.T) {
	for name, answer := range map[string]http.HandlerFunc{
		"it breaks off": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100000")
			_, _ = w.Write(make([]byte, 50000))
		},
		"it breaks off without a length": func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write(make([]byte, 50000))
			_ = http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		},
		"it is no data file": func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprint(w, strings.Repeat("nonsense", 10000)) },
		"it is empty":        func(http.ResponseWriter, *http.Request) {},
		"an error":           func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no space left on device", 500) },
	} {
		t.Run(name, func(t *testing.T) {
			file, dir := filepath.Join(t.TempDir(), "grants.db"), t.TempDir()
			l, err := net.Listen("unix", file+".sock")
			if err != nil {
				t.Fatal(err)
			}
			server := &http.Server{Handler: answer, ReadHeaderTimeout: time.Minute}
			go func() { _ = server.Serve(l) }()
			t.Cleanup(func() { _ = server.Close() })
			got := runs(t, nil, "admin", "backup", filepath.Join(dir, "backup.db"), "--data-file", file)
			if left := files(t, dir); got.code != exit.Internal || got.err == "" || len(left) != 0 {
				t.Errorf("%d: %s; left are %v", got.code, got.err, left)
			}
		})
	}
}

func TestReadySaysWhetherTheServiceIs(t *testing.T) {
	p := newPlace(t, sandbox.Config{})
	args, env := p.serve(t)
	file := dataFile(t, args)
	for _, command := range [][]string{{"ready"}, {"backup", file + ".backup"}} {
		wantEnding(t, runs(t, nil, append(append([]string{"admin"}, command...), "--data-file", file)...), exit.NotRunning, "start opgrants serve")
	}
	start(t, env, args...).listening(t)
	waitFor(t, file+".sock")
	if got := runs(t, map[string]string{"DATA_FILE": file}, "admin", "ready"); got.code != exit.OK {
		t.Errorf("%d: %s", got.code, got.err)
	}
}
