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

// Format prints t without its Value.
func (t LiveToken) Format(f fmt.State, verb rune) {
	type plain LiveToken
	if t.Value != "" {
		t.Value = "REDACTED"
	}
	_, _ = fmt.Fprintf(f, fmt.FormatString(f, verb), plain(t))
}
