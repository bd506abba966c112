package simulate

import (
	"path/filepath"
	"testing"

	"github.com/opgrants/opgrants/internal/keeping"
	"github.com/opgrants/opgrants/internal/store/bolt"
)

// TestRealGrantsAreKept by the real service in a data file: the short form of
// what `make simulate` does with 100,000 in DynamoDB Local.
func TestRealGrantsAreKept(t *testing.T) {
	s, err := bolt.Open(filepath.Join(t.TempDir(), "grants.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	keepReal(t, s, bolt.Of(s.File, keeping.Breakers), 2000)
}
