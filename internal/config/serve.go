package config

import (
	"fmt"
	"log/slog"
	"net"
	"strconv"
	"strings"

	"github.com/opgrants/opgrants/internal/returnurl"
	"github.com/opgrants/opgrants/pkg/opclient"
)

// Serve is the configuration of `opgrants serve`: kong fills it from flags and
// environment, [Serve.ReadSecrets] adds what must not be an argument, and
// [Serve.Check] checks it whole.
type Serve struct {
	Listen string `default:"127.0.0.1:8080" placeholder:"HOST:PORT" help:"Address to listen on; default ${default}. Beyond loopback it needs API_TOKEN and a public URL."`

	PublicURL          string   `env:"PUBLIC_URL" placeholder:"URL" help:"Base URL of the service as browsers see it. On loopback it is known."`
	ReturnURLs         []string `name:"return-urls" env:"RETURN_URLS" sep:"," placeholder:"URL" help:"What a returnUrl may be: scheme, host, port and path; its query is free."`
	AllowUnboundGrants bool     `env:"ALLOW_UNBOUND_GRANTS" help:"Allow grants without a returnUrl: nothing ties them to the browser session that asked."`
	Payees             []string `env:"PAYEES" sep:"," placeholder:"ADDRESS" help:"Wallet addresses that payments may go to, beside this service's own; * for every one. Unset: only to its own, and where the user consented to."`
	Payments           string   `env:"PAYMENTS" default:"on" placeholder:"on|off" help:"off: no payment is made."`
	InsecureAllowLocal bool     `env:"INSECURE_ALLOW_LOCAL" help:"For development only: http and private addresses, and on loopback no token needed."`

	WalletAddress  string `env:"WALLET_ADDRESS" placeholder:"URL" help:"This service's own wallet address, whose JWKS has the public key."`
	KeyID          string `name:"key-id" env:"KEY_ID" placeholder:"KID" help:"The key's id (kid) in that JWKS."`
	PrivateKeyPath string `env:"PRIVATE_KEY_PATH" placeholder:"FILE" help:"The private key; opgrants keygen makes one. Or the key itself in PRIVATE_KEY."`
	DataFile       string `env:"DATA_FILE" default:"opgrants.db" placeholder:"FILE" help:"Where grants are kept."`

	ServiceName string `env:"POWERTOOLS_SERVICE_NAME" default:"opgrants" help:"Name of the service in the log."`
	LogLevel    string `env:"POWERTOOLS_LOG_LEVEL" default:"INFO" help:"DEBUG, INFO, WARNING, ERROR or CRITICAL."`

	PrivateKey opclient.Secret `kong:"-"` // PRIVATE_KEY, instead of a path
	APIToken   opclient.Secret `kong:"-"` // API_TOKEN
	Tokens     Tokens          `kong:"-"` // of APIToken, set by Check; empty: everybody on this machine is the owner "local"
	Level      slog.Level      `kong:"-"` // of LogLevel, set by Check
}

// Format prints s with its secrets redacted, whatever the verb is.
func (s Serve) Format(f fmt.State, verb rune) {
	type plain Serve
	_, _ = fmt.Fprintf(f, fmt.FormatString(f, verb), plain(s))
}

// ReadSecrets reads what is configured by environment only; getenv is
// [os.Getenv] outside of tests.
func (s *Serve) ReadSecrets(getenv func(string) string) {
	s.PrivateKey = opclient.Secret(getenv("PRIVATE_KEY"))
	s.APIToken = opclient.Secret(getenv("API_TOKEN"))
}

// Check reports everything that is wrong as one [*Error]. It also sets Tokens
// and Level, and takes the slash off the end of PublicURL.
func (s *Serve) Check() error {
	var p problems
	s.unquote(&p)
	s.PublicURL = checkPublicURL(&p, "PUBLIC_URL or --public-url", s.PublicURL, s.InsecureAllowLocal)
	s.ReturnURLs = splitURLs(strings.Join(s.ReturnURLs, ","))
	checkReturnURLs(&p, "RETURN_URLS or --return-urls", s.ReturnURLs, s.InsecureAllowLocal)
	s.Payees = checkPayees(&p, "PAYEES or --payees", splitPayees(strings.Join(s.Payees, ",")), s.InsecureAllowLocal)
	s.checkPayments(&p)
	s.Tokens = parseTokens(&p, "API_TOKEN", s.APIToken)
	s.Level = parseLogLevel(&p, "POWERTOOLS_LOG_LEVEL or --log-level", s.LogLevel)
	s.checkKey(&p)
	s.checkListen(&p)
	if s.DataFile == "" {
		p.add("DATA_FILE or --data-file", "is not set; it is the file in which grants are kept")
	}
	return p.err()
}

// checkPayments reports what PAYMENTS may not be. Empty means on.
func (s *Serve) checkPayments(p *problems) {
	if s.Payments = strings.ToLower(s.Payments); s.Payments != "" && s.Payments != "on" && s.Payments != "off" {
		p.add("PAYMENTS or --payments", "is %s; it may be on or off", describeChoice(s.Payments))
	}
}

// PaymentsOff reports whether no payment is made.
func (s *Serve) PaymentsOff() bool { return s.Payments == "off" }

// unquote takes off the quotes that containers and consoles leave around values.
func (s *Serve) unquote(p *problems) {
	for _, setting := range []struct {
		name  string
		value *string
	}{
		{"--listen", &s.Listen},
		{"PUBLIC_URL or --public-url", &s.PublicURL},
		{"WALLET_ADDRESS or --wallet-address", &s.WalletAddress},
		{"KEY_ID or --key-id", &s.KeyID},
		{"DATA_FILE or --data-file", &s.DataFile},
		{"PAYMENTS or --payments", &s.Payments},
		{"POWERTOOLS_SERVICE_NAME or --service-name", &s.ServiceName},
		{"POWERTOOLS_LOG_LEVEL or --log-level", &s.LogLevel},
	} {
		*setting.value = Unquote(*setting.value)
		checkPlain(p, setting.name, *setting.value)
	}
	checkLabel(p, "POWERTOOLS_SERVICE_NAME or --service-name", s.ServiceName)
	if HasPassword(s.DataFile) || strings.Contains(s.DataFile, "://") || isJSON(s.DataFile) {
		p.add("DATA_FILE or --data-file", "is %s, not a path", Describe(s.DataFile))
	}
	s.PrivateKeyPath = Unquote(s.PrivateKeyPath)
}

func (s *Serve) checkKey(p *problems) {
	const wallet = "WALLET_ADDRESS or --wallet-address"
	if s.WalletAddress == "" {
		p.add(wallet, "is not set; it is the wallet address of this service itself")
	}
	checkWalletAddress(p, wallet, s.WalletAddress)
	if s.KeyID == "" {
		p.add("KEY_ID or --key-id", "is not set; it is the id of the key in the wallet address's JWKS")
	}
	switch {
	case s.PrivateKey == "" && s.PrivateKeyPath == "":
		p.add("PRIVATE_KEY_PATH or --private-key-path", "is not set; `opgrants keygen` makes a key file")
	case s.PrivateKey != "" && s.PrivateKeyPath != "":
		p.add("PRIVATE_KEY", "is set, and PRIVATE_KEY_PATH or --private-key-path too; keep one of them")
	}
}

// checkListen: beyond this machine nobody may call without a token, and the
// service cannot know the name by which browsers reach it.
func (s *Serve) checkListen(p *problems) {
	host, port, err := net.SplitHostPort(s.Listen)
	if err != nil {
		p.add("--listen", "%s is not host:port, such as 127.0.0.1:8080", Describe(s.Listen))
		return
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil || !isHarmless(host) {
		p.add("--listen", "%s is not a host and the number of a port, such as 127.0.0.1:8080", Describe(s.Listen))
		return
	}
	beyond := !returnurl.IsLoopback(host)
	if beyond && s.PublicURL == "" {
		p.add("PUBLIC_URL or --public-url", "is not set; listening on %s, the service cannot know how browsers reach it", Describe(s.Listen))
	}
	if s.APIToken != "" {
		return
	}
	const set = "is not set; set it to name:token, with a token such as `openssl rand -hex 32` prints"
	switch {
	case beyond:
		p.add("API_TOKEN", set+"; without one the service listens on this machine only (--listen 127.0.0.1:8080)")
	case !s.InsecureAllowLocal:
		p.add("API_TOKEN", set+"; for development on this machine, --insecure-allow-local does without")
	}
}

// BaseURL is PublicURL, or on loopback the address that is listened on.
func (s *Serve) BaseURL(listening net.Addr) string {
	if s.PublicURL != "" {
		return s.PublicURL
	}
	return fmt.Sprintf("http://%s", listening)
}
