package service

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/opgrants/opgrants/internal/store/bolt"
)

// BackupPath is the route of the socket that answers with a copy of the data file.
const BackupPath = "/backup"

// readerTime is how long whoever makes a backup may take to read the next part of it.
const readerTime = 30 * time.Second

// backup answers with a copy of the data file as it is now. The copy is first made
// beside the data file: while it is made the data file cannot grow, which must not
// depend on how quickly it is read at the other end.
func (s *Service) backup(w http.ResponseWriter, r *http.Request) {
	if !s.backups.TryLock() {
		http.Error(w, "another backup is being made", http.StatusServiceUnavailable)
		return
	}
	defer s.backups.Unlock()
	file, length, err := s.copyDataFile(r.Context())
	if err != nil {
		s.log.ErrorContext(r.Context(), "a backup cannot be made", slog.Any("error", err))
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	defer removeCopy(file)
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Content-Length", strconv.FormatInt(length, 10))
	if err := sendSlowly(w, file); err != nil {
		s.log.WarnContext(r.Context(), "a backup was not read to its end", slog.Any("error", err))
		return
	}
	s.log.InfoContext(r.Context(), "a backup was made", slog.Int64("bytes", length))
}

// copyDataFile returns an open copy that is for this user alone, and its length. Where
// the system allows it the copy has no name, so that a crash leaves none behind.
func (s *Service) copyDataFile(ctx context.Context) (_ *os.File, length int64, err error) {
	file, err := os.CreateTemp(filepath.Dir(s.dataFile), "."+filepath.Base(s.dataFile)+".backup-*")
	if err != nil {
		return nil, 0, fmt.Errorf("make a copy beside the data file: %w", err)
	}
	_ = os.Remove(file.Name())
	length, err = s.file.Backup(ctx, file)
	if err == nil {
		_, err = file.Seek(0, io.SeekStart)
	}
	if err != nil {
		removeCopy(file)
		var damage *bolt.DamageError
		if errors.As(err, &damage) {
			s.reportDamage(damage)
		}
		return nil, 0, err
	}
	return file, length, nil
}

func removeCopy(file *os.File) {
	_ = file.Close()
	_ = os.Remove(file.Name()) // it has gone already, except on Windows
}

// sendSlowly sends the file for as long as its reader goes on.
func sendSlowly(w http.ResponseWriter, file io.Reader) error {
	control := http.NewResponseController(w)
	for {
		if err := control.SetWriteDeadline(time.Now().Add(readerTime)); err != nil {
			return err
		}
		_, err := io.CopyN(w, file, 1<<20)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}
