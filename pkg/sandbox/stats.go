package sandbox

// Stats counts the requests that a [Server] saw, refused ones included.
type Stats struct {
	WalletReads   int // of wallet documents
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
	Grants       int // that are remembered
}

// Stats counts up to now.
func (s *Server) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := s.stats
	n.Grants = len(s.grants)
	for _, t := range s.tokens {
		if s.works(t) {
			n.LiveTokens++
		}
	}
	return n
}

func (s *Server) count(add func(*Stats)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	add(&s.stats)
}
