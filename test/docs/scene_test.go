//go:build tools

package docs_test

import (
	"bufio"
	"crypto/rand"
	"fmt"
	"io"
	"io/fs"
	random "math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/opgrants/opgrants/test/peers"
)

// A scene runs the commands of one page, in their order, in one shell whose
// folder is a copy of the repository.
type scene struct {
	t      *testing.T
	page   string
	dir    string
	stdin  io.WriteCloser
	output *bufio.Reader
	edits  []edit
	ready  []readiness
	env    []string
}

// An edit replaces what a reader fills in, or what differs in a test. It must be
// found in the page.
type edit struct {
	find string
	with func(found string) string
	used bool
}

// A readiness tells of a command that goes on until it is stopped when the next
// one may run.
type readiness struct {
	command *regexp.Regexp // of the line
	output  *regexp.Regexp // of what it prints
	after   func(found []string)
	ends    bool // it ends by itself after that, without an error
}

func newScene(t *testing.T, page string, env ...string) *scene {
	t.Helper()
	return &scene{t: t, page: page, dir: workingCopy, env: env}
}

// workingCopy is the copy of the repository that the scenes share, so that each
// program is built once.
var workingCopy string

// replace has text replaced in all blocks that come later.
func (s *scene) replace(find, with string) {
	s.edits = append(s.edits, edit{find: find, with: func(string) string { return with }})
}

func (s *scene) replaceLater(find string, with func() string) {
	s.edits = append(s.edits, edit{find: find, with: func(string) string { return with() }})
}

// goesOn declares a command that does not end.
func (s *scene) goesOn(command, output string, after func(found []string)) {
	s.ready = append(s.ready, readiness{command: regexp.MustCompile(command), output: regexp.MustCompile(output), after: after})
}

// waits declares a command that waits for its user, and ends well when he has
// done what after does.
func (s *scene) waits(command, output string, after func(found []string)) {
	s.goesOn(command, output, after)
	s.ready[len(s.ready)-1].ends = true
}

// play runs all blocks of the page, but those that another test runs.
func (s *scene) play() {
	s.t.Helper()
	s.open()
	ran := 0
	for _, b := range blocks(s.t, s.page) {
		if by := elsewhere[strings.TrimSpace(b.text)]; by != "" {
			if !testNames(s.t)[by] {
				s.t.Errorf("%s:%d is said to run in %s, which does not exist", b.page, b.line, by)
			}
			continue
		}
		s.runBlock(b)
		ran++
	}
	for _, e := range s.edits {
		if !e.used {
			s.t.Errorf("%s does not have %q any more", s.page, e.find)
		}
	}
	if ran == 0 {
		s.t.Errorf("%s has no commands", s.page)
	}
}

func (s *scene) runBlock(b block) {
	s.t.Helper()
	text := b.text
	for i, e := range s.edits {
		if strings.Contains(text, e.find) {
			text = strings.ReplaceAll(text, e.find, e.with(e.find))
			s.edits[i].used = true
		}
	}
	if strings.Contains(text, "…") {
		s.t.Fatalf("%s:%d: nobody fills in the …:\n%s", b.page, b.line, text)
	}
	var plain []string
	for line := range strings.Lines(text) {
		found := false
		for _, r := range s.ready {
			if r.command.MatchString(line) {
				s.run(b, strings.Join(plain, ""))
				plain = nil
				s.start(b, strings.TrimSpace(line), r)
				found = true
				break
			}
		}
		if !found {
			plain = append(plain, line)
		}
	}
	s.run(b, strings.Join(plain, ""))
}

func (s *scene) open() {
	s.t.Helper()
	cmd := exec.Command("bash", "--norc")
	cmd.Dir = s.dir
	cmd.Env = append(append(peers.WithoutAWS(os.Environ()), "SAM_CLI_TELEMETRY=0", "__SAM_CLI_APP_DIR="+s.t.TempDir()), s.env...)
	var err error
	if s.stdin, err = cmd.StdinPipe(); err != nil {
		s.t.Fatal(err)
	}
	output, input := io.Pipe()
	cmd.Stdout, cmd.Stderr = input, input
	cmd.WaitDelay = 20 * time.Second
	if err := cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	s.output = bufio.NewReader(output)
	go func() { _ = cmd.Wait(); _ = input.Close() }()
	s.t.Cleanup(func() {
		_ = s.stdin.Close()
		_, _ = io.Copy(io.Discard, s.output)
	})
	s.run(block{page: "the start"}, "set -meuo pipefail\ntrap 'for p in $(jobs -p); do kill -TERM -- -$p || true; done; wait' EXIT\n")
}

// run runs commands in the shell and returns what they print. One that fails
// ends the shell, and the test.
func (s *scene) run(b block, commands string) string {
	s.t.Helper()
	if strings.TrimSpace(commands) == "" {
		return ""
	}
	mark := "end of " + rand.Text()
	if _, err := fmt.Fprintf(s.stdin, "%s\nprintf '\\n%%s\\n' '%s'\n", commands, mark); err != nil {
		s.t.Fatalf("%s:%d: %v", b.page, b.line, err)
	}
	var printed strings.Builder
	for {
		line, err := s.output.ReadString('\n')
		if strings.TrimSpace(line) == mark {
			s.t.Logf("%s:%d\n%s%s", b.page, b.line, commands, printed.String())
			return printed.String()
		}
		printed.WriteString(line)
		if err != nil {
			s.t.Fatalf("%s:%d failed:\n%s\nprinted\n%s", b.page, b.line, commands, printed.String())
		}
	}
}

var redirect = regexp.MustCompile(` > (\S+)`)

// start starts a command that goes on, and waits until it is ready.
func (s *scene) start(b block, line string, r readiness) {
	s.t.Helper()
	line, _, _ = strings.Cut(line, "  #")
	log := filepath.Join(s.t.TempDir(), "log")
	files := []string{log}
	if to := redirect.FindStringSubmatch(line); to != nil {
		files = append(files, filepath.Join(s.dir, to[1]))
	}
	s.run(b, fmt.Sprintf("{ exec %s; } > %s 2>&1 </dev/null &\nstarted=$!\n", line, log))
	var printed string
	for range 600 {
		printed = ""
		for _, file := range files {
			text, _ := os.ReadFile(file) // it may not be there yet
			printed += string(text)
		}
		if found := r.output.FindStringSubmatch(printed); found != nil {
			if r.after != nil {
				r.after(found)
			}
			if r.ends {
				s.run(b, "wait $started || { cat "+log+"; exit 1; }\n")
			}
			s.t.Logf("%s:%d\n%s\n%s", b.page, b.line, line, printed)
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	s.t.Fatalf("%s:%d: %s never prints %s:\n%s", b.page, b.line, line, r.output, printed)
}

// copyRepository is a copy of the repository, with its installed tools.
func copyRepository(t *testing.T) (dir string) {
	t.Helper()
	root, dir := peers.Root(t), filepath.Join(t.TempDir(), "opgrants")
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		switch name := d.Name(); {
		case relative == ".":
		case relative == "bin", relative == ".git", relative == ".tools", relative == ".aws-sam", name == "node_modules", name == ".work":
			if d.IsDir() {
				return filepath.SkipDir
			}
			return nil
		}
		if d.IsDir() {
			return os.MkdirAll(filepath.Join(dir, relative), 0o700)
		}
		info, err := d.Info()
		if err != nil || !info.Mode().IsRegular() {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(dir, relative), text, info.Mode().Perm())
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(root, ".tools"), filepath.Join(dir, ".tools")); err != nil {
		t.Fatal(err)
	}
	return dir
}

// freePorts are not among those that systems give to whoever asks for any port: another
// test could get one before the command of a page listens there.
func freePorts(t *testing.T, n int) (all []string) {
	t.Helper()
	for len(all) < n { // all are held until the last is found, so that they differ
		port := strconv.Itoa(20_000 + random.IntN(10_000))
		l, err := net.Listen("tcp", "127.0.0.1:"+port)
		if err != nil {
			continue // it is in use
		}
		defer l.Close()
		all = append(all, port)
	}
	return all
}
