package restore

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

func TestACheckpointIsOfItsTablesOnly(t *testing.T) {
	path := filepath.Join(t.TempDir(), "progress.json")
	r := &Restore{From: "copy", To: "grants", Segments: 2, Checkpoint: path}
	p, err := r.loadProgress()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.advance(1, attributes{"id": &types.AttributeValueMemberS{Value: "g7"}}, Counts{Written: 3}, nil); err != nil {
		t.Fatal(err)
	}
	r.Segments = 8 // those of the checkpoint count
	p, err = r.loadProgress()
	if err != nil || p.Segments != 2 || p.Counts.Written != 3 {
		t.Fatalf("got %+v, %v", p, err)
	}
	if after, done := p.position(1); done || after["id"].(*types.AttributeValueMemberS).Value != "g7" {
		t.Errorf("it goes on after %v", after)
	}
	if after, done := p.position(0); done || after != nil {
		t.Errorf("the other part goes on after %v", after)
	}
	if info, err := os.Stat(path); err != nil || info.Mode() != 0o600 {
		t.Errorf("the file is %v, %v", info, err)
	}
	if _, err := (&Restore{From: "copy", To: "other", Segments: 2, Checkpoint: path}).loadProgress(); err == nil || !strings.Contains(err.Error(), "from copy to grants") {
		t.Errorf("of other tables: %v", err)
	}
	if err := os.WriteFile(path, []byte(`{"From":"copy"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := r.loadProgress(); err == nil || !strings.Contains(err.Error(), "not the checkpoint") {
		t.Errorf("of something else: %v", err)
	}
}

func TestATableIsNotRestoredFromItself(t *testing.T) {
	if _, err := (&Restore{From: "grants", To: "grants"}).Run(t.Context()); err == nil {
		t.Error("it runs")
	}
}
