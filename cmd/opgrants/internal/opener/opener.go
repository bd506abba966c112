// Package opener opens links in the browser of the person at the terminal.
package opener

import (
	"bufio"
	"context"
	"errors"
	"os"
	"os/exec"
	"runtime"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/cli"
)

// Offer offers to open a link with the Enter key, if a person sits at the terminal of a
// machine that has a browser. It does not wait for the key. Once somebody has offered,
// nothing else can read lines of term.In.
func Offer(ctx context.Context, term *cli.Terminal, getenv func(string) string, link string) {
	command := find(getenv)
	if command == nil || !isTerminal(term.In) || !isTerminal(term.Err) {
		return
	}
	term.Say("Press Enter to open it in your browser.")
	go func() {
		if _, err := bufio.NewReader(term.In).ReadString('\n'); err != nil || ctx.Err() != nil {
			return
		}
		if err := open(command, link); err != nil {
			term.Say("The browser cannot be opened (%v): open the link yourself.", err)
		}
	}()
}

// find returns the command that opens a link, without the link, or nil if there is none.
// $BROWSER takes precedence. On Linux and the like, only a graphical session has one.
func find(getenv func(string) string) []string {
	commands := [][]string{{"xdg-open"}, {"wslview"}}
	switch own := getenv("BROWSER"); {
	case own != "":
		commands = [][]string{{own}}
	case runtime.GOOS == "darwin":
		commands = [][]string{{"open"}}
	case runtime.GOOS == "windows":
		commands = [][]string{{"rundll32", "url.dll,FileProtocolHandler"}}
	case getenv("DISPLAY") == "" && getenv("WAYLAND_DISPLAY") == "" && getenv("WSL_DISTRO_NAME") == "":
		return nil
	}
	for _, c := range commands {
		if path, err := exec.LookPath(c[0]); err == nil {
			return append([]string{path}, c[1:]...)
		}
	}
	return nil
}

func open(command []string, link string) error {
	// The browser outlives the command.
	cmd := exec.CommandContext(context.Background(), command[0], append(command[1:], link)...) // #nosec G204 -- the user's own browser
	if err := cmd.Start(); err != nil {
		return errors.Unwrap(err)
	}
	go func() { _ = cmd.Wait() }()
	return nil
}

// isTerminal reports whether a stream of the process is a terminal.
func isTerminal(stream any) bool {
	file, ok := stream.(*os.File)
	if !ok {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
