package doctor_test

import (
	"testing"
	"time"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/doctor"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
	"github.com/opgrants/opgrants/pkg/sandbox"
)

func TestASignedRequestThatIsRefused(t *testing.T) {
	clientError := func(status int, code, description string) sandbox.Fault {
		return sandbox.Fault{Status: status, Body: `{"error":{"code":"` + code + `","description":"` + description + `"}}`}
	}
	for name, c := range map[string]struct {
		fault   sandbox.Fault
		problem doctor.Problem
		code    exit.Code
		says    string
	}{
		"an unknown client":    {clientError(400, "invalid_client", "could not determine client"), doctor.Refused, exit.KeyRefused, "could not determine client"},
		"an invalid signature": {clientError(401, "invalid_client", "invalid signature"), doctor.Refused, exit.KeyRefused, "invalid signature"},
		"words alone":          {sandbox.Fault{Status: 401, Body: `{"message":"Signature verification failed"}`}, doctor.Refused, exit.KeyRefused, "Signature verification failed"},
		"another refusal":      {clientError(403, "request_denied", "not you"), doctor.Refused, exit.WalletRefused, "not you"},
		"a string":             {sandbox.StringError(401, "invalid_client", "who is it"), doctor.Refused, exit.KeyRefused, "who is it"},
		"too many requests":    {sandbox.TooManyRequests(time.Second), doctor.Refused, exit.WalletRefused, "429"},
		"a server error":       {sandbox.ServerError(), doctor.Unreachable, exit.WalletFailed, "500"},
		"a web page":           {sandbox.Faults()["web-page-before"], doctor.Unreachable, exit.WalletFailed, "web page"},
		"no answer":            {sandbox.Fault{Reset: true}, doctor.Unreachable, exit.WalletFailed, "cannot be asked"},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPatient(t)
			c.fault.Times = 2 // for both forms of the client
			p.wallet.Fail(sandbox.OpGrant, c.fault)
			p.examine(t).mustFail(t, "signed_request", c.problem, c.code, c.says, p.wallet.AuthServer(), "--trace")
		})
	}
}

// A token that cannot be ended ends by itself, and proves that the signature is taken.
func TestASignedRequestWhoseGrantCannotBeEnded(t *testing.T) {
	p := newPatient(t)
	p.wallet.Fail(sandbox.OpCancel, sandbox.Fault{Status: 500})
	p.examine(t).mustPass(t)
}
