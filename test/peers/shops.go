//go:build tools

package peers

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// ShopExpress is a command that runs the shop in examples/shop-express.
func ShopExpress(t testing.TB) *exec.Cmd {
	t.Helper()
	installed(t, "express/node_modules/express")
	hook := filepath.Join(Root(t), "test", "peers", "npm", "register.mjs")
	return exec.CommandContext(t.Context(), "node", "--import", hook, filepath.Join(Root(t), "examples", "shop-express", "server.js"))
}

// ShopFlask is a command that runs the shop in examples/shop-flask at a port.
func ShopFlask(t testing.TB, port string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), installed(t, "flask/bin/python3"), "-m", "flask", "--app", "shop", "run", "--port", port)
	cmd.Dir = filepath.Join(Root(t), "examples", "shop-flask")
	cmd.Env = append(os.Environ(), "PYTHONDONTWRITEBYTECODE=1")
	return cmd
}

// Serve starts a server at a free port of 127.0.0.1, waits until it answers HTTP,
// and returns its URL. It stops when the test ends; if that failed, its output is
// logged.
func Serve(t testing.TB, name string, command func(port string) *exec.Cmd) (url string) {
	t.Helper()
	return serve(t, name, command)
}
