package sandbox

import (
	"log/slog"
	"net/http"
	"strings"
)

// A back is a back-channel operation, of a client: a signed request.
type back struct {
	op    Op
	count func(*Stats, *body)
	serve func(r *http.Request, b *body) (any, *refusal)
}

// ServeHTTP answers clients and browsers.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.secrets.addRequest(r)
	path, ok := strings.CutPrefix(r.URL.Path, s.prefix+"/")
	if !ok {
		plainText(http.StatusNotFound, "").write(w)
		return
	}
	switch first, rest, _ := strings.Cut(path, "/"); first {
	case authPath:
		s.serveAuth(w, r, rest)
	case resourcePath:
		s.serveResources(w, r, rest)
	default:
		s.serveWallets(w, r, path)
	}
}

// serveWallets answers GET of wallet documents and key sets.
func (s *Server) serveWallets(w http.ResponseWriter, r *http.Request, path string) {
	op, serve := OpWallet, s.serveWallet
	name, isKeys := strings.CutSuffix(path, "/jwks.json")
	if isKeys {
		op, serve = OpKeys, s.serveKeys
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		plainText(http.StatusNotFound, "").write(w)
		return
	}
	if op == OpWallet {
		s.count(func(n *Stats) { n.WalletReads++ })
	}
	s.failing(op, w, r, func(w http.ResponseWriter) {
		f := serve(w, name)
		if f != nil {
			f.write(w)
		}
		s.log(r, op, f)
	})
}

// serveAuth answers below the grant endpoint.
func (s *Server) serveAuth(w http.ResponseWriter, r *http.Request, path string) {
	if rest, ok := strings.CutPrefix("/"+path, interactPath); ok {
		s.failing(OpConsent, w, r, func(w http.ResponseWriter) { s.serveInteraction(w, r, rest) })
		return
	}
	k := s.backChannel(r.Method, path)
	if k == nil {
		plainText(http.StatusNotFound, "").write(w)
		return
	}
	b, f := readBody(w, r)
	if b == nil {
		b = &body{}
	}
	s.count(func(n *Stats) { k.count(n, b) })
	s.failing(k.op, w, r, func(w http.ResponseWriter) {
		answer, f := any(nil), f
		if f == nil {
			answer, f = k.serve(r, b)
		}
		switch {
		case f != nil:
			f.write(w)
		case answer == nil:
			w.WriteHeader(http.StatusNoContent)
		default:
			w.Header().Set("Cache-Control", "no-store")
			writeJSON(w, http.StatusOK, answer)
		}
		s.log(r, k.op, f)
	})
}

// backChannel is nil where nothing is.
func (s *Server) backChannel(method, path string) *back {
	kind, id, _ := strings.Cut(path, "/")
	at := func(serve func(*http.Request, *body, string) (any, *refusal)) func(*http.Request, *body) (any, *refusal) {
		return func(r *http.Request, b *body) (any, *refusal) { return serve(r, b, id) }
	}
	switch {
	case method == http.MethodPost && path == "":
		return &back{OpGrant, func(n *Stats, _ *body) { n.GrantRequests++ }, s.requestGrant}
	case id == "" || strings.Contains(id, "/"):
		return nil
	case method == http.MethodPost && kind == "continue":
		return &back{OpContinue, countContinue, at(s.continueGrant)}
	case method == http.MethodDelete && kind == "continue":
		return &back{OpCancel, func(n *Stats, _ *body) { n.Cancels++ }, at(s.cancel)}
	case method == http.MethodPost && kind == "token":
		return &back{OpRotate, func(n *Stats, _ *body) { n.Rotations++ }, at(s.rotate)}
	case method == http.MethodDelete && kind == "token":
		return &back{OpRevoke, func(n *Stats, _ *body) { n.Revocations++ }, at(s.revokeToken)}
	}
	return nil
}

func countContinue(n *Stats, b *body) {
	if b.isEmpty() {
		n.Polls++
	} else {
		n.Continues++
	}
}

// addRequest keeps what a request has of secrets outside its body.
func (x *secrets) addRequest(r *http.Request) {
	if token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "GNAP "); ok {
		x.add(token)
	}
	if _, signature, ok := strings.Cut(r.Header.Get("Signature"), "=:"); ok {
		x.add(strings.TrimSuffix(signature, ":"))
	}
}

// log writes a line without secrets: no query, no id of an interaction.
func (s *Server) log(r *http.Request, op Op, f *refusal) {
	if f == nil {
		s.config.Log.LogAttrs(r.Context(), slog.LevelInfo, "answered", slog.String("op", string(op)), slog.String("method", r.Method))
		return
	}
	s.config.Log.LogAttrs(r.Context(), slog.LevelWarn, "refused",
		slog.String("op", string(op)), slog.String("method", r.Method), slog.Int("status", f.status),
		slog.String("code", f.code), slog.String("description", f.description), slog.String("reason", f.hint))
}
