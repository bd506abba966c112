//go:build tools

package deployment_test

import (
	"bytes"
	"context"
	"debug/elf"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/opgrants/opgrants/test/parallel"
	"github.com/opgrants/opgrants/test/peers"
)

// functions are their names in template.yaml.
var functions = []string{"RequestGrant", "FinishCallback", "ManageGrant", "MakePayment", "FindDue", "KeepGrants"}

var buildDir string // of this test run; one folder for each architecture

func TestMain(m *testing.M) {
	var err error
	if buildDir, err = os.MkdirTemp("", "functions"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := parallel.Run(m, 3) // SAM and the emulator wait for each other and for files
	if err := os.RemoveAll(buildDir); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	os.Exit(code)
}

// sam runs SAM in the root of the repository, or fails the test.
func sam(t *testing.T, env []string, args ...string) (stdout string) {
	t.Helper()
	cmd := samCommand(t, env, args...)
	var out, log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &log
	if err := cmd.Run(); err != nil {
		t.Fatalf("sam %v: %v\n%s\n%s", args, err, &out, &log)
	}
	return out.String()
}

func samCommand(t *testing.T, env []string, args ...string) *exec.Cmd {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 5*time.Minute) // a cleanup ends it more gently
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, peers.SAM(t), args...)
	cmd.Dir = peers.Root(t)
	cmd.Env = append(peers.WithoutAWS(os.Environ()), "SAM_CLI_TELEMETRY=0", "__SAM_CLI_APP_DIR="+t.TempDir(),
		"AWS_DEFAULT_REGION="+region, "AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=test", peers.QuickYAML(t))
	cmd.Env = append(cmd.Env, env...)
	return cmd
}

var builds struct {
	sync.Mutex
	done map[string]bool
}

// build is the folder of what `sam build` made for the architecture.
func build(t *testing.T, architecture string) string {
	t.Helper()
	builds.Lock()
	defer builds.Unlock()
	dir := filepath.Join(buildDir, architecture)
	if !builds.done[architecture] {
		buildFrom(t, peers.Root(t), architecture, dir)
		if builds.done == nil {
			builds.done = map[string]bool{}
		}
		builds.done[architecture] = true
	}
	return dir
}

// buildWithoutCode is the template of [build] in a folder of its own, in which a line of
// text is each function's code. SAM takes seconds to pack the code: for tests that
// invoke nothing.
func buildWithoutCode(t *testing.T) (template string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(build(t, peers.Architecture()), "template.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	files := map[string][]byte{"template.yaml": text}
	for _, function := range functions {
		files[filepath.Join(function, "bootstrap")] = []byte("the code of " + function + "\n")
	}
	for name, content := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(dir, "template.yaml")
}

// buildFrom has SAM build the sources in root for the architecture, into dir.
func buildFrom(t *testing.T, root, architecture, dir string) {
	t.Helper()
	sam(t, []string{"ARCHITECTURE=" + architecture}, "build", "--template-file", filepath.Join(root, "template.yaml"),
		"--build-dir", dir, "--parameter-overrides", "Architecture="+architecture)
}

func TestTheTemplateIsValid(t *testing.T) {
	t.Parallel()
	sam(t, []string{"PYTHONPATH="}, "validate", "--lint") // as it is installed, without QuickYAML
	// The linter does not do SAM's translation, which asks IAM for its policies.
	sam(t, []string{"AWS_ENDPOINT_URL=" + peers.AWS(t)}, "validate")
}

func TestFunctionsAreStaticForEachArchitecture(t *testing.T) {
	t.Parallel()
	for architecture, machine := range map[string]elf.Machine{"arm64": elf.EM_AARCH64, "x86_64": elf.EM_X86_64} {
		dir := build(t, architecture)
		for _, function := range functions {
			t.Run(architecture+" "+function, func(t *testing.T) {
				bootstrap := filepath.Join(dir, function, "bootstrap")
				file, err := elf.Open(bootstrap)
				if err != nil {
					t.Fatal(err)
				}
				defer func() { _ = file.Close() }()
				if file.Machine != machine {
					t.Errorf("built for %v", file.Machine)
				}
				for _, p := range file.Progs {
					if p.Type == elf.PT_INTERP || p.Type == elf.PT_DYNAMIC {
						t.Errorf("has %v: it is linked dynamically and does not start in provided.al2023", p.Type)
					}
				}
			})
		}
	}
}
