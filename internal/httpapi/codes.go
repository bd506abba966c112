package httpapi

import "github.com/opgrants/opgrants/internal/grant"

// Codes of problems that are about HTTP and not about a grant.
const (
	codeMalformed        = "malformed_request"
	codeUnauthenticated  = "unauthenticated"
	codeMethodNotAllowed = "method_not_allowed"
	codeTooLarge         = "body_too_large"
	codeMediaType        = "unsupported_media_type"
	codeInternal         = "internal_error"
)

// CodeMisconfigured is for [Grants] that cannot work as they are configured.
const CodeMisconfigured = "misconfigured"

// problems is each code's HTTP status and what it means in general.
var problems = map[string]struct {
	status int
	title  string
}{
	codeMalformed:        {400, "The request is malformed"},
	codeUnauthenticated:  {401, "Who is calling is not known"},
	codeMethodNotAllowed: {405, "Not possible with this method"},
	codeTooLarge:         {413, "The body is too large"},
	codeMediaType:        {415, "The body is not application/json"},
	codeInternal:         {500, "Something went wrong here"},
	CodeMisconfigured:    {503, "The service is misconfigured"},

	grant.CodeInvalid:             {422, "The request does not make sense"},
	grant.CodeReturnURLRequired:   {422, "A returnUrl is needed"},
	grant.CodeReturnURLNotAllowed: {422, "The returnUrl is not allowed"},
	grant.CodeReturnURLsMissing:   {503, "No return URLs are configured"},
	grant.CodeNotFound:            {404, "Not found"},
	grant.CodeNotGranted:          {409, "The user has not consented yet"},
	grant.CodeRejected:            {409, "The user refused"},
	grant.CodeExpired:             {410, "The grant has expired"},
	grant.CodeFailed:              {410, "The grant failed"},
	grant.CodeRevoked:             {410, "The grant was revoked"},
	grant.CodeCodeRequired:        {403, "The code of the return is needed"},
	grant.CodeWrongCode:           {403, "The code is wrong"},
	grant.CodeInFlight:            {409, "The first request with this Idempotency-Key is under way"},
	grant.CodeKeyReused:           {422, "The Idempotency-Key was used for another request"},
	grant.CodeBusy:                {503, "The grant is being worked on"},
	grant.CodeLinkNotValid:        {400, "The link is not valid"},
	grant.CodeWalletNotFound:      {422, "No such wallet address"},
	grant.CodeWalletRefused:       {502, "The wallet refused"},
	grant.CodeWalletInvalid:       {502, "The wallet's answer makes no sense"},
	grant.CodeWalletUnreachable:   {502, "The wallet cannot be reached"},
	grant.CodeWalletTimeout:       {504, "The wallet was too slow"},
	grant.CodeNotRotated:          {503, "The access token could not be renewed"},
	grant.CodeNotInteractive:      {502, "The wallet did not ask its user"},
	grant.CodeKeyRefused:          {503, "The wallet does not accept the signing key"},
	grant.CodeKeyMissing:          {503, "The signing key is missing"},
	grant.CodeKeyInvalid:          {503, "The signing key cannot be used"},
	grant.CodeKeyUnavailable:      {503, "The signing key cannot be read"},
	grant.CodeStore:               {503, "The store of grants cannot be reached"},
}
