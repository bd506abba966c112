//go:build tools

package docs_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/opgrants/opgrants/test/peers"
)

// playServe starts the service behind Caddy and in a container, checks the unit of
// systemd, and makes and restores a backup. systemd itself is not there: its commands
// become those that start, stop and check the service without it.
func playServe(t *testing.T, page string) {
	docker, err := peers.DockerEngine(t)
	if err != nil {
		t.Fatalf("the commands need a Docker engine: %v", err)
	}
	root, home := t.TempDir(), t.TempDir()
	if err := os.CopyFS(filepath.Join(root, "usr/lib/systemd/system"), os.DirFS("/usr/lib/systemd/system")); err != nil {
		t.Fatal(err)
	}
	ports := freePorts(t, 6)
	s := newScene(t, page, "DOCKER_HOST="+docker, "HOME="+home, "XDG_DATA_HOME="+home+"/.local/share", "GOCACHE="+goEnv(t, "GOCACHE"), "GOMODCACHE="+goEnv(t, "GOMODCACHE"))
	for _, file := range []string{"key.pem", "opgrants.db"} { // of the page before
		_ = os.Remove(filepath.Join(s.dir, file))
	}
	s.replace("--publish 127.0.0.1:8080:8080", "--publish 127.0.0.1:"+ports[4]+":8080")
	const serve = "bin/opgrants serve --env-file .env --private-key-path key.pem --metrics-listen 127.0.0.1:9464"
	s.replace(serve, strings.Replace(serve, "serve", "serve --listen 127.0.0.1:8080", 1))
	s.replace("sudo systemctl start opgrants", strings.Replace(serve, "serve", "serve --listen 127.0.0.1:8080", 1))
	s.replace("127.0.0.1:8080", "127.0.0.1:"+ports[0])
	s.replace("127.0.0.1:9464", "127.0.0.1:"+ports[1])
	s.goesOn(`^bin/opgrants serve`, listening, nil)

	// Caddy is on loopback, in both blocks.
	here := "BIND=127.0.0.1 UPSTREAM=127.0.0.1:" + ports[0] + " "
	s.replace("SITE=grants.example", "env "+here+"HTTP_PORT="+ports[5]+" SITE=localhost:"+ports[3])
	s.replace("SITE=localhost:8443 HTTP_PORT=8081", "env "+here+"HTTP_PORT="+ports[5]+" SITE=localhost:"+ports[2])
	s.replace("localhost:8443", "localhost:"+ports[2])
	s.goesOn(`^env .*SITE=localhost:`+ports[3], `certificate obtained successfully`, func([]string) {
		s.run(block{page: page}, "kill -TERM $started; wait $started || true\n")
	})
	s.goesOn(`^env .*SITE=localhost:`+ports[2], `serving initial configuration`, nil)

	s.replace("sudo systemctl enable --now opgrants", "systemd-analyze verify --man=no --root="+root+" opgrants.service")
	s.replace("sudo systemctl stop opgrants", "serve=$(jobs -p | head -1); kill -TERM $serve; wait $serve")
	s.replace("/usr/local/bin/opgrants", "bin/opgrants")
	for _, folder := range []string{"/usr/local/bin/", "/etc/opgrants/", "/etc/systemd/system/"} {
		s.replace(folder, root+folder)
	}
	s.replace("/var/lib/opgrants/", "")
	s.replace("sudo ", "")
	s.play()

	s.run(block{page: page}, "curl -sS -f http://127.0.0.1:"+ports[4]+"/livez\n"+ // of the container
		"bin/opgrants admin ready --data-file opgrants.db\n"+ // of the restored file
		"docker inspect --format '{{.State.Status}} {{.Config.User}}' opgrants | grep -qx 'running 65532:65532'\n"+
		"docker stop opgrants && test \"$(docker inspect --format '{{.State.ExitCode}}' opgrants)\" = 0\n"+
		"test \"$(stat -c %a container-backup.db opgrants-backup.db key.pem .env | sort -u)\" = 600\n")
}

// goEnv is a variable of the go command, for a shell with another home.
func goEnv(t *testing.T, name string) string {
	t.Helper()
	value, err := exec.CommandContext(t.Context(), "go", "env", name).Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(value))
}
