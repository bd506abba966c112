package command

import (
	"cmp"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/cli"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/control"
)

// A startedSandbox is what --json prints about a sandbox.
type startedSandbox struct {
	URL         string            `json:"url"`
	Control     string            `json:"control"` // URL of the control API
	Client      startedClient     `json:"client"`
	Environment map[string]string `json:"environment"`       // for `opgrants serve`, `request` and `pay`
	EnvFile     string            `json:"envFile,omitempty"` // the same as a file
	CAFile      string            `json:"caFile,omitempty"`  // the authority to trust
	Wallets     []control.Named   `json:"wallets"`
	Seed        uint64            `json:"seed,omitempty"` // of a hostile sandbox
}

// A startedClient names the client. Its key is in a file, and in the control API.
type startedClient struct {
	WalletAddress string `json:"walletAddress"`
	KeyID         string `json:"keyId"`
}

// print writes the environment file, and prints how to use the sandbox.
func (p *sandboxPlace) print(term *cli.Terminal, out *cli.Output) error {
	variables := p.variables(p.keyFile())
	env := envFile(variables)
	if err := p.files.write("env", []byte(env)); err != nil {
		return err
	}
	started := startedSandbox{URL: p.url, Control: p.control(), Client: startedClient{p.wallets.Client, p.wallets.KeyID},
		Environment: map[string]string{}, Wallets: p.named}
	for _, v := range variables {
		if v.name != "" {
			started.Environment[v.name] = v.value
		}
	}
	if p.files.dir != "" {
		started.EnvFile = p.files.path("env")
	}
	if p.secure != nil {
		started.CAFile = p.secure.caFile
	}
	if p.command.Hostile {
		started.Seed = p.command.Seed
	}
	if printed, err := out.Sandbox(env, started); err != nil || printed {
		return err
	}
	p.explain(term)
	return nil
}

// explain says how to use the sandbox.
func (p *sandboxPlace) explain(term *cli.Terminal) {
	file, trust := p.files.path("env"), ""
	if p.secure != nil {
		trust = "SSL_CERT_FILE='" + p.secure.caFile + "' "
	}
	if p.files.dir == "" {
		file = "sandbox.env"
		term.Say("\nNo folder can be written here. Get the environment file, with the key, from the control API:\n  curl -s %s/env > sandbox.env", p.control())
	}
	term.Say("\nThe wallet listens until Ctrl-C. In another terminal, with your app's own page as the return URL:\n"+
		"  %[1]s%[5]s serve --env-file '%[2]s' --return-urls http://localhost:3000/thanks\n"+
		"  %[1]s%[5]s pay --env-file '%[2]s' --wallet %[3]s --to %[4]s --receive 130\n"+
		"  %[1]s%[5]s request --env-file '%[2]s' --wallet %[3]s --debit 130\n\nIts wallets:",
		trust, file, p.wallets.User, p.wallets.Client, cmp.Or(term.Path, "opgrants"))
	for _, n := range p.named {
		term.Say("  %s  %s", n.WalletAddress, n.Does)
	}
	term.Say("\nTests control it at %s (docs/sandbox.md).", p.control())
	if p.secure != nil {
		p.secure.print(term)
	}
	if p.command.Hostile {
		term.Say("\nIt is hostile. To repeat its faults: --hostile --seed %d", p.command.Seed)
	}
	term.Say("")
}

// control returns the URL of the control API.
func (p *sandboxPlace) control() string { return p.url + control.Path }
