package service_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/service"
	"github.com/opgrants/opgrants/internal/config"
	"github.com/opgrants/opgrants/pkg/opclient"
	"github.com/opgrants/opgrants/test/openapi/own"
)

// A proxy may keep the path of PUBLIC_URL or take it off.
func TestRoutesAreFoundBelowThePathOfThePublicURL(t *testing.T) {
	w := newWorld(t)
	c := &config.Serve{Listen: "127.0.0.1:0", InsecureAllowLocal: true, AllowUnboundGrants: true, DataFile: w.data, LogLevel: "INFO",
		WalletAddress: w.pair.Client, KeyID: w.pair.KeyID, PrivateKey: opclient.Secret(w.pair.Key)}
	if err := c.Check(); err != nil {
		t.Fatal(err)
	}
	s, err := service.Open(t.Context(), service.Options{Config: c, PublicURL: "http://localhost/pay", Now: w.now, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	for _, path := range []string{"/pay/grants", "/grants", "/grants/"} {
		r := httptest.NewRequest(http.MethodPost, "http://localhost"+path, strings.NewReader(`{"walletAddress":"`+w.pair.User+`","unlimited":true}`))
		r.Header.Set("Content-Type", "application/json")
		answer := httptest.NewRecorder()
		own.Errors(s, t.Errorf).ServeHTTP(answer, r)
		if at := answer.Header().Get("Location"); answer.Code != 201 || !strings.HasPrefix(at, "/pay/grants/") {
			t.Errorf("%s: %d, Location %q: %s", path, answer.Code, at, answer.Body)
		}
	}
}
