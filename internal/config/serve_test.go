package config_test

import (
	"fmt"
	"log/slog"
	"net"
	"slices"
	"strings"
	"testing"

	"github.com/opgrants/opgrants/internal/config"
	"github.com/opgrants/opgrants/pkg/opclient"
)

const token = "0123456789abcdef0123456789abcdef"

func TestServeChecksItsFlags(t *testing.T) {
	tests := []struct {
		name   string
		change func(*config.Serve)
		wrong  []string // the problems' names
	}{
		{name: "with a token it listens on loopback", change: func(*config.Serve) {}},
		{
			name:   "on loopback without a token it refuses",
			change: func(s *config.Serve) { s.APIToken = "" },
			wrong:  []string{"API_TOKEN"},
		},
		{
			name:   "on loopback without a token it works for development",
			change: func(s *config.Serve) { s.APIToken, s.InsecureAllowLocal = "", true },
		},
		{
			name: "beyond loopback it needs a token, even for development",
			change: func(s *config.Serve) {
				s.APIToken, s.InsecureAllowLocal, s.Listen, s.PublicURL = "", true, "0.0.0.0:8080", "https://api.example"
			},
			wrong: []string{"API_TOKEN"},
		},
		{
			name:   "every address is beyond loopback",
			change: func(s *config.Serve) { s.APIToken, s.Listen, s.PublicURL = "", ":8080", "https://api.example" },
			wrong:  []string{"API_TOKEN"},
		},
		{
			name:   "beyond loopback it needs a public URL",
			change: func(s *config.Serve) { s.Listen = "0.0.0.0:8080" },
			wrong:  []string{"PUBLIC_URL or --public-url"},
		},
		{
			name:   "beyond loopback with both it works",
			change: func(s *config.Serve) { s.Listen, s.PublicURL = "0.0.0.0:8080", "https://api.example" },
		},
		{
			name:   "an address without a port",
			change: func(s *config.Serve) { s.Listen = "127.0.0.1" },
			wrong:  []string{"--listen"},
		},
		{
			name:   "a path and a key",
			change: func(s *config.Serve) { s.PrivateKey = "MC4CAQ" },
			wrong:  []string{"PRIVATE_KEY"},
		},
		{
			name:   "a key instead of a path",
			change: func(s *config.Serve) { s.PrivateKey, s.PrivateKeyPath = "MC4CAQ", "" },
		},
		{
			name:   "a short token",
			change: func(s *config.Serve) { s.APIToken = "shop:dev" },
			wrong:  []string{"API_TOKEN"},
		},
		{
			name:   "only a comma for tokens",
			change: func(s *config.Serve) { s.APIToken = " ," },
			wrong:  []string{"API_TOKEN"},
		},
		{
			name: "everything at once",
			change: func(s *config.Serve) {
				*s = config.Serve{Listen: "x", LogLevel: "x", PublicURL: "x", ReturnURLs: []string{"x"}, Payees: []string{"x"}, Payments: "x"}
			},
			wrong: []string{
				"PUBLIC_URL or --public-url", "RETURN_URLS or --return-urls", "PAYEES or --payees", "PAYMENTS or --payments", "POWERTOOLS_LOG_LEVEL or --log-level",
				"WALLET_ADDRESS or --wallet-address", "KEY_ID or --key-id", "PRIVATE_KEY_PATH or --private-key-path",
				"--listen", "DATA_FILE or --data-file",
			},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := serve()
			tt.change(s)
			err := s.Check()
			if tt.wrong == nil {
				if err != nil {
					t.Errorf("refused: %v", err)
				}
				return
			}
			if got := problemNames(t, err); !slices.Equal(got, tt.wrong) {
				t.Errorf("problems with %v, want %v", got, tt.wrong)
			}
		})
	}
}

func TestServeTakesItsSecretsFromTheEnvironment(t *testing.T) {
	s := serve()
	s.PrivateKeyPath = ""
	env := map[string]string{"PRIVATE_KEY": "MC4CAQ", "API_TOKEN": "shop:" + token, "POWERTOOLS_LOG_LEVEL": "x"}
	s.ReadSecrets(func(name string) string { return env[name] })
	s.LogLevel, s.ReturnURLs = "debug", []string{"https://a.example", " https://b.example", ""}
	if err := s.Check(); err != nil {
		t.Fatal(err)
	}
	if found, ok := s.Tokens.Find(token); !ok || found.Owner != "shop" {
		t.Errorf("the token is %q's (%v)", found.Owner, ok)
	}
	if s.PrivateKey != "MC4CAQ" || s.Level != slog.LevelDebug || !slices.Equal(s.ReturnURLs, []string{"https://a.example", "https://b.example"}) {
		t.Errorf("got %+v", s)
	}
	if printed := fmt.Sprintf("%v %+v %#v", s, s, *s); strings.Contains(printed, token) || strings.Contains(printed, "MC4CAQ") {
		t.Errorf("a secret is printed: %s", printed)
	}
}

func TestOnLoopbackThePublicURLIsTheAddress(t *testing.T) {
	addr := &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 8080}
	s := serve()
	if got := s.BaseURL(addr); got != "http://127.0.0.1:8080" {
		t.Errorf("got %s", got)
	}
	s.PublicURL = "https://api.example/"
	if err := s.Check(); err != nil {
		t.Fatal(err)
	}
	if got := s.BaseURL(addr); got != "https://api.example" {
		t.Errorf("got %s", got)
	}
}

func serve() *config.Serve {
	return &config.Serve{
		Listen:         "127.0.0.1:8080",
		WalletAddress:  "https://wallet.example/shop",
		KeyID:          "key-1",
		PrivateKeyPath: "key.pem",
		DataFile:       "opgrants.db",
		LogLevel:       "INFO",
		APIToken:       opclient.Secret(token),
	}
}
