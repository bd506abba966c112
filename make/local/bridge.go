package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"os/exec"
	"strings"
)

// hostInContainers is the name of this machine in containers. Docker Desktop resolves
// it; elsewhere SAM gets its address.
const hostInContainers = "host.docker.internal"

// findBridge returns the address of this machine that containers can call. It is "" if
// the engine runs in a virtual machine, as Docker Desktop does: there hostInContainers
// resolves to 127.0.0.1 of this machine.
func findBridge(ctx context.Context) (string, error) {
	out, err := exec.CommandContext(ctx, "docker", "network", "inspect", "bridge", "--format", "{{(index .IPAM.Config 0).Gateway}}").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("no Docker engine can be used: %w: %s", err, out)
	}
	gateway := strings.TrimSpace(string(out))
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		return "", err
	}
	for _, a := range addrs {
		if n, ok := a.(*net.IPNet); ok && n.IP.String() == gateway {
			return gateway, nil
		}
	}
	return "", nil
}

// forward forwards the ports that the functions call from the bridge to 127.0.0.1,
// where the programs listen.
func (l *local) forward(ctx context.Context) error {
	if l.bridge == "" {
		return nil
	}
	for _, port := range []string{l.dynamoDB, l.secretsManager, l.wallet} {
		listener, err := net.Listen("tcp", net.JoinHostPort(l.bridge, port))
		if err != nil {
			return err
		}
		context.AfterFunc(ctx, func() { _ = listener.Close() })
		go func() {
			for {
				from, err := listener.Accept()
				if err != nil {
					return
				}
				go connect(ctx, from, "127.0.0.1:"+port)
			}
		}()
	}
	return nil
}

// connect copies bytes both ways until one side ends.
func connect(ctx context.Context, from net.Conn, addr string) {
	defer func() { _ = from.Close() }()
	to, err := (&net.Dialer{}).DialContext(ctx, "tcp", addr)
	if err != nil {
		return
	}
	defer func() { _ = to.Close() }()
	done := make(chan struct{}, 2)
	for _, way := range [][2]net.Conn{{from, to}, {to, from}} {
		go func() {
			_, _ = io.Copy(way[0], way[1])
			done <- struct{}{}
		}()
	}
	<-done
}
