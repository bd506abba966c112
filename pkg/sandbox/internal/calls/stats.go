package calls

// Stats counts the calls of each kind. Refused calls count too.
type Stats struct {
	WalletReads   int
	KeyReads      int
	GrantRequests int
	Continues     int
	Polls         int
	Cancels       int
	Rotations     int
	Revocations   int

	IncomingPayments int
	Quotes           int
	OutgoingPayments int
	Completions      int
	ResourceReads    int

	TokensIssued int
	LiveTokens   int
	Grants       int
}

// Count changes the counters.
func (c *Calls) Count(add func(*Stats)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	add(&c.stats)
}

// Stats returns the counters as they are now.
func (c *Calls) Stats() Stats {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.stats
}
