package sandbox

// Stats counts the requests to a [Server]. Refused requests count too.
type Stats struct {
	WalletReads   int // GET of a wallet address
	KeyReads      int // of a client's keys, by the server
	GrantRequests int
	Continues     int // POST to a continue URI with a body
	Polls         int // and without one
	Cancels       int // DELETE of a continue URI
	Rotations     int // POST to a manage URI
	Revocations   int // DELETE of a manage URI

	IncomingPayments int // POST of an incoming payment
	Quotes           int // POST of a quote
	OutgoingPayments int // POST of an outgoing payment
	Completions      int // POST to an incoming payment's complete
	ResourceReads    int // GET at the resource server

	TokensIssued int // rotated ones included
	LiveTokens   int // that work now
	Grants       int // that the server keeps
}

// Stats returns the counters as they are now.
func (s *Server) Stats() Stats {
	n := Stats(s.calls.Stats())
	n.LiveTokens, n.Grants = s.auth.CountLive()
	return n
}

// Active reports whether a resource server accepts an access token now.
func (s *Server) Active(accessToken string) bool { return s.auth.Active(accessToken) }

// Secrets returns the tokens, nonces, hashes, interaction references and signatures
// that the server issued or saw, for tests that search logs for them. It keeps the
// last 32,768.
func (s *Server) Secrets() []string { return s.secrets.All() }
