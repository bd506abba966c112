package sandbox

import "sync"

// maxSecrets are remembered; the oldest are forgotten.
const maxSecrets = 1 << 15

// secrets are those that were given out or seen.
type secrets struct {
	mu    sync.Mutex
	known map[string]bool
	order []string // a ring, once it is full
	next  int
}

func (x *secrets) add(values ...string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.known == nil {
		x.known = map[string]bool{}
	}
	for _, v := range values {
		if v == "" || x.known[v] {
			continue
		}
		x.known[v] = true
		if len(x.order) < maxSecrets {
			x.order = append(x.order, v)
			continue
		}
		delete(x.known, x.order[x.next])
		x.order[x.next] = v
		x.next = (x.next + 1) % maxSecrets
	}
}

// Secrets are all tokens, nonces, hashes, interaction references and signatures
// that the server gave or saw, for tests that search logs for them; the last
// 32,768.
func (s *Server) Secrets() []string {
	s.secrets.mu.Lock()
	defer s.secrets.mu.Unlock()
	return append([]string(nil), s.secrets.order...)
}
