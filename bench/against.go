package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
)

// buildAgainst builds the opgrants of another commit, which is measured in turn with
// this one, and returns its name.
func buildAgainst(ctx context.Context, p *programs, commit string) (name string, err error) {
	name = "opgrants-" + commit
	log.Printf("build %s", name)
	dir, err := os.MkdirTemp("", "bench-against-")
	if err != nil {
		return "", err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	tree := filepath.Join(dir, "tree")
	if out, err := exec.CommandContext(ctx, "git", "worktree", "add", "--detach", tree, commit).CombinedOutput(); err != nil {
		return "", fmt.Errorf("check out %s: %w\n%s", commit, err, out)
	}
	defer func() { _ = exec.CommandContext(ctx, "git", "worktree", "remove", "--force", tree).Run() }()
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-buildvcs=false", "-o", p.path(name), "./cmd/opgrants")
	cmd.Dir = tree
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build %s: %w\n%s", commit, err, out)
	}
	return name, nil
}
