package service

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestBeyondTheLimitRequestsAreRefusedAtOnce(t *testing.T) {
	begun, finish := make(chan bool), make(chan bool)
	server := httptest.NewServer(limitRequests(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		begun <- true
		<-finish
	}), 2))
	defer server.Close()
	var running sync.WaitGroup
	for range 2 {
		running.Go(func() {
			if answer, err := http.Get(server.URL + "/grants"); err != nil || answer.StatusCode != 200 {
				t.Errorf("a request within the limit: %v %v", answer, err)
			}
		})
		<-begun
	}
	for path, want := range map[string]string{"/grants": "application/problem+json", "/grants/x/finish?hash=h": "text/html; charset=utf-8"} {
		start := time.Now()
		answer, err := http.Get(server.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(answer.Body)
		_ = answer.Body.Close()
		if answer.StatusCode != 503 || answer.Header.Get("Retry-After") != "2" || answer.Header.Get("Content-Type") != want || time.Since(start) > time.Second {
			t.Errorf("%s: %d %v after %s", path, answer.StatusCode, answer.Header, time.Since(start))
		}
		var problem struct {
			Code   string
			Status int
		}
		if strings.HasSuffix(want, "json") && (json.Unmarshal(body, &problem) != nil || problem.Code != "busy" || problem.Status != 503) {
			t.Errorf("%s: %s", path, body)
		}
		if !strings.HasSuffix(want, "json") && !strings.HasPrefix(answer.Header.Get("Refresh"), "2; url=?hash=h&") {
			t.Errorf("%s: the page does not load again", path)
		}
	}
	close(finish)
	running.Wait()
	go func() { <-begun }()
	if answer, err := http.Get(server.URL + "/grants"); err != nil || answer.StatusCode != 200 {
		t.Errorf("after the others have ended: %v %v", answer, err)
	}
}
