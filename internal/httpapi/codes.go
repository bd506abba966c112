package httpapi

import (
	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/payment"
)

// Codes of problems with the HTTP request itself.
const (
	CodeMalformed        = "malformed_request"
	codeUnauthenticated  = "unauthenticated"
	codeNotPermitted     = "not_permitted"
	codeMethodNotAllowed = "method_not_allowed"
	codeTooLarge         = "body_too_large"
	codeMediaType        = "unsupported_media_type"
	codePaymentsOff      = "payments_off" // PAYMENTS=off
	codeInternal         = "internal_error"
)

// CodeMisconfigured is the code of a service whose configuration is invalid.
const CodeMisconfigured = "misconfigured"

// problems has the HTTP status and the title of each code.
var problems = map[string]struct {
	status int
	title  string
}{
	CodeMalformed:        {400, "Malformed request"},
	codeUnauthenticated:  {401, "Authentication required"},
	codeNotPermitted:     {403, "The caller may not do this"},
	codeMethodNotAllowed: {405, "Method not allowed"},
	codeTooLarge:         {413, "Request body too large"},
	codeMediaType:        {415, "Request body is not application/json"},
	codePaymentsOff:      {503, "Payments are switched off"},
	codeInternal:         {500, "Internal error"},
	CodeMisconfigured:    {503, "The service is not configured correctly"},

	grant.CodeInvalid:             {422, "Invalid request"},
	grant.CodeReturnURLRequired:   {422, "returnUrl required"},
	grant.CodeReturnURLNotAllowed: {422, "returnUrl not allowed"},
	grant.CodeReturnURLsMissing:   {503, "No return URLs configured"},
	grant.CodeNotFound:            {404, "No such grant or path"},
	grant.CodeNotGranted:          {409, "The user has not consented yet"},
	grant.CodeRejected:            {409, "The user refused"},
	grant.CodeExpired:             {410, "The grant expired"},
	grant.CodeFailed:              {410, "The grant failed"},
	grant.CodeRevoked:             {410, "The grant was revoked"},
	grant.CodeCodeRequired:        {403, "Code required"},
	grant.CodeWrongCode:           {403, "Wrong code"},
	grant.CodeInFlight:            {409, "A request with this Idempotency-Key is in progress"},
	grant.CodeKeyReused:           {422, "Idempotency-Key used for another request"},
	grant.CodeBusy:                {503, "Busy: try again"},
	grant.CodeLinkNotValid:        {400, "Invalid link"},
	grant.CodeWalletNotFound:      {422, "No such wallet address"},
	grant.CodeWalletRefused:       {502, "The wallet refused the request"},
	grant.CodeWalletInvalid:       {502, "The wallet's answer is not Open Payments"},
	grant.CodeWalletUnreachable:   {502, "The wallet is not available"},
	grant.CodeWalletTimeout:       {504, "The wallet did not answer in time"},
	grant.CodeNotRotated:          {503, "The access token could not be renewed"},
	grant.CodeNotInteractive:      {502, "The wallet did not ask its user"},
	grant.CodeKeyRefused:          {503, "The wallet does not accept the signing key"},
	grant.CodeKeyMissing:          {503, "Signing key missing"},
	grant.CodeKeyInvalid:          {503, "Signing key invalid"},
	grant.CodeKeyUnavailable:      {503, "Signing key cannot be read"},
	grant.CodeStore:               {503, "The store of grants cannot be reached"},

	payment.CodeKeyRequired:     {400, "Idempotency-Key required"},
	payment.CodePaymentFailed:   {402, "The payment failed"},
	payment.CodeInProgress:      {409, "Another payment of this grant is in progress"},
	payment.CodePayeeNotAllowed: {422, "Payments to this payee are not allowed"},
	payment.CodeNotPayable:      {422, "The grant does not allow payments"},
	payment.CodeTryLater:        {503, "The payer's wallet cannot take the payment now"},

	// Why no checkout can be made. Of a payment these are failures.
	payment.FailureNotPayable: {422, "The receiver cannot be paid"},
	payment.FailureTooSmall:   {422, "The amount is too small"},
}
