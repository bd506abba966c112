package service_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/service"
	"github.com/opgrants/opgrants/internal/grant"
)

// fill creates grants of 4 KB each.
func fill(t *testing.T, s *service.Service, name string, n int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for i := range n {
		if err := s.Grants().Create(ctx, &grant.Item{ID: fmt.Sprint(name, i), Owner: "shop", WalletAddress: strings.Repeat("w", 4096)}); err != nil {
			t.Fatal(err)
		}
	}
}

// Who asks for a backup and does not read it must not keep the data file from growing.
func TestABackupThatNobodyReadsDelaysNoRequest(t *testing.T) {
	w := newWorld(t)
	s := w.open(t)
	t.Cleanup(func() { _ = s.Close() })
	fill(t, s, "before", 300) // more than the buffers of a socket hold

	socket := filepath.Join(t.TempDir(), "socket")
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: s.Admin(), ReadHeaderTimeout: time.Minute}
	go func() { _ = server.Serve(l) }()
	t.Cleanup(func() { _ = server.Close() })
	c, err := net.Dial("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	if _, err := io.WriteString(c, "GET /backup HTTP/1.0\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(c, make([]byte, 1)); err != nil { // the answer has begun
		t.Fatal(err)
	}
	fill(t, s, "meanwhile", 300) // so that the file is mapped anew

	second := httptest.NewRecorder()
	s.Admin().ServeHTTP(second, httptest.NewRequest(http.MethodGet, "/backup", nil))
	if second.Code != 503 || !strings.Contains(second.Body.String(), "another backup") {
		t.Errorf("a second backup at the same time: %d", second.Code)
	}
	if left, err := filepath.Glob(filepath.Join(filepath.Dir(w.data), ".*")); err != nil || len(left) != 0 {
		t.Errorf("a crash now would leave %v, %v", left, err)
	}
}

func TestABackupThatCannotBeMadeSaysWhy(t *testing.T) {
	w := newWorld(t)
	s := w.open(t)
	t.Cleanup(func() { _ = s.Close() })
	if err := os.Rename(filepath.Dir(w.data), filepath.Dir(w.data)+".away"); err != nil {
		t.Fatal(err)
	}
	answer := httptest.NewRecorder()
	s.Admin().ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/backup", nil))
	if answer.Code != 500 || !strings.Contains(answer.Body.String(), "no such file or directory") {
		t.Errorf("%d %s", answer.Code, answer.Body)
	}
	if err := os.Rename(filepath.Dir(w.data)+".away", filepath.Dir(w.data)); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(w.log.String(), "a backup cannot be made") {
		t.Errorf("the log is\n%s", w.log.String())
	}
}
