package service

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strconv"
	"time"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/keeping"
)

// The socket of `opgrants admin`. Who may write to it, which is the user of the
// service alone, may do what an operator does.

// AdminSocket is the path of the socket beside a data file.
func AdminSocket(dataFile string) string { return dataFile + ".sock" }

// The routes of the socket.
const (
	GivenUpPath = "/given-up"       // GET, with next and limit: a keeping.Page
	retryPath   = "/given-up/retry" // POST, with id
	ReadyPath   = readyPath         // GET: as for everybody
)

// RetryPath is the path at which a grant is tried again.
func RetryPath(id string) string { return retryPath + "?id=" + id }

const (
	adminTime    = 30 * time.Second // for one request
	longestPage  = 1000
	standardPage = 100
)

// serveAdmin answers at the socket until ctx is done. Without a socket the service
// goes on.
func (s *Service) serveAdmin(ctx context.Context) {
	l, err := listenAdmin(ctx, AdminSocket(s.dataFile))
	if err != nil {
		s.log.WarnContext(ctx, "opgrants admin does not work: its socket cannot be made", slog.Any("error", err))
		return
	}
	quiet := slog.New(slog.DiscardHandler) // the HTTP interface logs that it stops
	if err := Listen(ctx, l, s.adminHandler(), quiet); err != nil {
		s.log.ErrorContext(ctx, "opgrants admin does not work any more", slog.Any("error", err))
	}
}

func (s *Service) adminHandler() http.Handler {
	quick := http.NewServeMux()
	quick.HandleFunc("GET "+GivenUpPath, s.listGivenUp)
	quick.HandleFunc("POST "+retryPath, s.retryGivenUp)
	quick.HandleFunc("GET "+ReadyPath, func(w http.ResponseWriter, r *http.Request) { s.answerHealth(w, r) })
	mux := http.NewServeMux()
	mux.Handle("/", http.TimeoutHandler(quick, adminTime, "")) // which keeps a whole answer in memory
	mux.HandleFunc("GET "+BackupPath, s.backup)
	return mux
}

// listenAdmin makes the socket. The data file is open, and so no other process serves
// here: a socket that is there was left by a crash.
func listenAdmin(ctx context.Context, path string) (net.Listener, error) {
	switch info, err := os.Lstat(path); {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return nil, err
	case info.Mode().Type() != fs.ModeSocket:
		return nil, fmt.Errorf("%s is there and is no socket: move it away", path)
	default:
		if err := os.Remove(path); err != nil {
			return nil, err
		}
	}
	return listenPrivate(ctx, path)
}

func (s *Service) listGivenUp(w http.ResponseWriter, r *http.Request) {
	limit := standardPage
	if text := r.FormValue("limit"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > longestPage {
			http.Error(w, fmt.Sprintf("limit must be from 1 to %d", longestPage), http.StatusBadRequest)
			return
		}
		limit = n
	}
	page, err := s.operator.List(r.Context(), r.FormValue("next"), limit)
	switch {
	case errors.Is(err, keeping.ErrBadPage):
		http.Error(w, err.Error(), http.StatusBadRequest)
	case err != nil:
		s.failAdmin(w, r, err)
	default:
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(page)
	}
}

func (s *Service) retryGivenUp(w http.ResponseWriter, r *http.Request) {
	err := s.operator.Retry(r.Context(), r.FormValue("id"))
	switch {
	case errors.Is(err, grant.ErrNotFound):
		http.Error(w, "there is no such grant", http.StatusNotFound)
	case errors.Is(err, grant.ErrNotGivenUp):
		http.Error(w, err.Error(), http.StatusConflict)
	case err != nil:
		s.failAdmin(w, r, err)
	default:
		s.log.InfoContext(r.Context(), "an operator has a grant tried again", slog.String("grant_id", r.FormValue("id")))
		w.WriteHeader(http.StatusNoContent)
	}
}

func (s *Service) failAdmin(w http.ResponseWriter, r *http.Request, err error) {
	s.log.ErrorContext(r.Context(), "opgrants admin cannot be answered", slog.Any("error", err))
	http.Error(w, "the store of grants cannot be reached; the log of serve says why", http.StatusServiceUnavailable)
}
