package sandbox

import "fmt"

// Format prints where the server is, and none of its tokens.
func (s *Server) Format(f fmt.State, _ rune) {
	if s == nil {
		_, _ = fmt.Fprint(f, "<nil>")
		return
	}
	_, _ = fmt.Fprintf(f, "sandbox.Server{%q}", s.URL())
}
