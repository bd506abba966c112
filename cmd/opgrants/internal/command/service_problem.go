package command

import (
	"errors"
	"net"
	"strconv"
	"strings"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/cli"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/serviceapi"
)

// problemCodes are the exit codes for the codes of problem documents. Of all others it is
// [exit.Internal].
var problemCodes = map[string]exit.Code{
	"malformed_request": exit.Usage, "invalid_request": exit.Usage, "unauthenticated": exit.Usage, "not_permitted": exit.Usage,
	"return_url_required": exit.Usage, "return_url_not_allowed": exit.Usage, "return_urls_missing": exit.Usage,
	"idempotency_key_reused": exit.Usage, "payee_not_allowed": exit.Usage, "grant_not_payable": exit.Usage, "not_found": exit.Usage,
	"not_granted": exit.Usage, "code_required": exit.Usage,
	"signing_key_missing": exit.Key, "signing_key_invalid": exit.Key, "signing_key_unavailable": exit.Key,
	"wallet_not_found": exit.UnknownWallet, "key_refused": exit.KeyRefused,
	"wallet_refused": exit.WalletRefused, "receiver_not_payable": exit.WalletRefused, "amount_too_small": exit.WalletRefused,
	"failed": exit.WalletRefused, "revoked": exit.WalletRefused,
	"wallet_answer_invalid": exit.WalletFailed, "wallet_unreachable": exit.WalletFailed, "wallet_timeout": exit.WalletFailed,
	"wallet_try_later": exit.WalletFailed, "not_rotated": exit.WalletFailed,
	"not_interactive": exit.NotInteractive, "rejected": exit.UserRefused, "expired": exit.TimedOut, "wrong_code": exit.WrongHash,
}

// explain is the error of a request to the service, with the command to try next.
func (s *serviceSteps) explain(err error) error {
	var problem *serviceapi.Problem
	var dial *net.OpError
	switch {
	case errors.As(err, &problem):
		code, known := problemCodes[problem.Code]
		if !known {
			code = exit.Internal
		}
		advice, command := s.tryNext(problem)
		return suggest(code.With("The service says: %w%s%s", err, upstream(problem), advice), command)
	case errors.As(err, &dial) && dial.Op == "dial":
		return suggest(exit.NotRunning.With("Nobody answers at %s: %w. Start the service with `opgrants serve`, and go on.", s.service, dial.Err), s.again)
	}
	return suggest(exit.NotRunning.With("The service at %s did not answer: %w.", s.service, errors.Unwrap(err)), s.again)
}

// suggest adds the command to try next to an error.
func suggest(e *exit.Error, command string) error { return e.Then(command) }

// upstream is what the wallet said, if the problem has it.
func upstream(p *serviceapi.Problem) string {
	if p.Upstream == nil {
		return ""
	}
	said := strings.TrimSpace(strconv.Itoa(p.Upstream.Status) + " " + p.Upstream.Code + " " + p.Upstream.Description)
	return " The wallet said: " + cli.QuoteForeign(said) + "."
}

// tryNext is what to do after a problem, or "", and the command for it.
func (s *serviceSteps) tryNext(p *serviceapi.Problem) (advice, command string) {
	switch p.Code {
	case "unauthenticated":
		return " Set API_TOKEN to a bearer token of the service, or use --token-file.", s.again
	case "not_permitted":
		return " Use a token with the powers grants and payments.", s.again
	case "return_url_not_allowed", "return_urls_missing":
		return "", "opgrants serve --return-urls " + s.returnTo
	case "payee_not_allowed":
		return "", "opgrants serve --payees " + copyable("--to", s.to)
	case "payments_off":
		return "", "opgrants serve --payments on"
	case "key_refused", "signing_key_missing", "signing_key_invalid":
		return " Register the public key of the service at its wallet address.", "opgrants keygen"
	case "idempotency_key_reused":
		return " Use another --idempotency-key for another payment.", s.command + " --help"
	case "code_required", "wrong_code":
		return " Give the code that the browser came back with.", "opgrants pay --code=…"
	case "expired", "failed", "revoked", "rejected", "not_granted", "grant_not_payable":
		return " Ask for a new consent.", "opgrants checkout"
	}
	if p.MayPass() {
		return "", s.again
	}
	return "", s.command + " --help"
}

// isProblem reports whether err is an answer of the service, and sets p to it.
func isProblem(err error, p **serviceapi.Problem) bool { return errors.As(err, p) }

// detailOf is the detail of an error that has an exit code, without the sentence of that.
func detailOf(err error) error {
	var own *exit.Error
	if errors.As(err, &own) {
		return errors.New(own.Detail)
	}
	return err
}
