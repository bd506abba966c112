package grant

import (
	"io"
	"log/slog"
)

// Code is the claim code of a stored grant, for tests.
func (it *Item) Code() string { return it.code() }

func newTextLog(w io.Writer) *slog.Logger { return slog.New(slog.NewTextHandler(w, nil)) }
