package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/cli"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/service"
	"github.com/opgrants/opgrants/internal/config"
	"github.com/opgrants/opgrants/internal/store/bolt"
)

// AdminBackup is `opgrants admin backup`.
type AdminBackup struct {
	File       string `arg:"" name:"file" help:"The file to write. It must not exist yet."`
	AdminFlags `embed:""`
}

// Help is the long text of --help.
func (*AdminBackup) Help() string {
	return `Writes a copy of the data file, as it is at one moment, while the service runs. The file gets its name once it is
complete, checked and on the disk; only its owner may read it. It holds the tokens of all grants.

To restore it, stop serve, move the data file away and put the copy in its place. Tokens that were rotated since are lost
with their consents, and payments that were made since are not known: restore the latest copy, and nothing else helps.` +
		exitCodes(exit.OK, exit.Internal, exit.Usage, exit.NotRunning)
}

// Run makes the backup.
func (c *AdminBackup) Run(ctx context.Context, term *cli.Terminal) error {
	items, err := c.run(ctx, term)
	if err == nil {
		term.Say("The backup is in %s. Items (grants, payments and what belongs to them): %d.", config.DescribePath(c.File), items)
	}
	return c.Output.To(term).End(err)
}

func (c *AdminBackup) run(ctx context.Context, term *cli.Terminal) (items int, err error) {
	if _, err := os.Lstat(c.File); !errors.Is(err, fs.ErrNotExist) {
		if err == nil {
			err = fs.ErrExist
		}
		return 0, exit.Usage.With("%s: %w. Give a file that does not exist yet.", config.DescribePath(c.File), err)
	}
	got, err := c.ask(ctx, term, http.MethodGet, service.BackupPath)
	if err != nil {
		return 0, err
	}
	defer func() { _ = got.Body.Close() }()
	dir := filepath.Dir(c.File)
	part, err := os.CreateTemp(dir, "."+filepath.Base(c.File)+".*") // with mode 0600
	if err != nil {
		return 0, fmt.Errorf("write the backup: %w", err)
	}
	defer func() { _ = os.Remove(part.Name()) }() // it has gone, unless something fails
	if items, err = fill(part, got.Body); err != nil {
		return 0, err
	}
	if err := os.Rename(part.Name(), c.File); err != nil {
		return 0, fmt.Errorf("write the backup: %w", err)
	}
	return items, syncDir(dir)
}

// fill writes a whole copy to the disk, closes the file and verifies it.
func fill(part *os.File, body io.Reader) (items int, err error) {
	_, err = io.Copy(part, body) // which fails if less comes than the answer's length
	if err == nil {
		err = part.Sync()
	}
	if closed := part.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return 0, fmt.Errorf("write the backup: %w", err)
	}
	items, err = bolt.Verify(part.Name())
	var damage *bolt.DamageError
	if errors.As(err, &damage) {
		return 0, fmt.Errorf("the copy is damaged, and perhaps the data file is too: %w", damage.Cause)
	}
	return items, err
}
