package command

// Examples are command lines for the help of each command, by the command's path. ""
// is the program itself.
var Examples = map[string][]string{
	"": {
		"opgrants demo",
		"opgrants keygen --out private-key.pem",
		"opgrants doctor --env-file client.env",
	},
	"demo": {
		"opgrants demo",
		"opgrants demo --auto",
		"opgrants demo --auto --json",
	},
	"request": {
		"opgrants request --env-file client.env --wallet https://wallet.example/alice --debit 130",
		"opgrants request --env-file client.env --debit 500 --interval R/2026-01-01T00:00:00Z/P1M --no-wait",
	},
	"checkout": {
		"opgrants checkout --wallet http://127.0.0.1:3388/alice --receive 130",
		"opgrants checkout --service https://grants.example --wallet https://wallet.example/alice --debit 130 --token-file token --json",
	},
	"pay": {
		"opgrants pay --env-file client.env --wallet https://wallet.example/alice --to https://wallet.example/shop --receive 130",
		"opgrants pay --env-file client.env --quote https://wallet.example/quotes/7",
		"opgrants pay --service http://127.0.0.1:8080 --grant qL8f3yJX0mE5vT2nRk7wZg --to https://wallet.example/shop --receive 130",
	},
	"continue": {
		"opgrants continue --env-file client.env --env-file grant.env --interact-ref 4f1b2c",
	},
	"rotate": {
		"opgrants rotate --env-file client.env --env-file grant.env > token.env",
	},
	"revoke": {
		"opgrants revoke --env-file client.env --env-file token.env",
	},
	"cancel": {
		"opgrants cancel --env-file client.env --env-file grant.env",
	},
	"serve": {
		"opgrants serve --env-file client.env --return-urls https://shop.example/thanks",
		"opgrants serve --listen 0.0.0.0:8080 --public-url https://pay.shop.example --env-file serve.env",
	},
	"doctor": {
		"opgrants doctor --env-file client.env",
		"opgrants doctor --env-file client.env --wallet https://wallet.example/alice --json",
		"opgrants doctor --url https://pay.shop.example",
	},
	"admin": {
		"opgrants admin given-up",
		"opgrants admin retry qL8f3yJX0mE5vT2nRk7wZg",
	},
	"admin given-up": {
		"opgrants admin given-up --data-file /var/lib/opgrants/opgrants.db",
		"opgrants admin given-up --json",
	},
	"admin retry": {
		"opgrants admin retry qL8f3yJX0mE5vT2nRk7wZg --data-file /var/lib/opgrants/opgrants.db",
	},
	"admin backup": {
		"opgrants admin backup --data-file /var/lib/opgrants/opgrants.db backup.db",
	},
	"admin ready": {
		"opgrants admin ready --data-file /var/lib/opgrants/opgrants.db",
	},
	"sandbox": {
		"opgrants sandbox",
		"opgrants sandbox --listen 127.0.0.1:0 --wait 0s --json",
	},
	"keygen": {
		"opgrants keygen --out private-key.pem",
		"opgrants keygen --from private-key.pem --key-id key-1",
		"opgrants keygen --out key.pem --client-wallet https://wallet.example/shop",
	},
	"version": {
		"opgrants version",
		"opgrants version --json",
	},
	"completion": {
		"opgrants completion bash > ~/.local/share/bash-completion/completions/opgrants",
		"opgrants completion zsh > ~/.opgrants.zsh",
		"opgrants completion fish > ~/.config/fish/completions/opgrants.fish",
	},
}
