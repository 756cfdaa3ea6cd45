//go:build linux

package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// printEnv writes the shell lines that make a shell use the lab and the
// stand-in of this checkout.
func printEnv(w io.Writer, l layout) error {
	dir, err := os.Getwd()
	if err != nil {
		return err
	}
	root, err := moduleRoot(dir)
	if err != nil {
		return err
	}
	_, err = io.WriteString(w, envLines(l, root))
	return err
}

func envLines(l layout, root string) string {
	var b strings.Builder
	line := func(name, value string) { fmt.Fprintf(&b, "export %s=%s\n", name, shellQuote(value)) }
	line("DOCKER_HOST", l.dockerHost())
	line("STANDIN_ROOT", l.standinRoot())
	line("HOSTWRIGHT_LAB_REGISTRY", loginAddress)
	line("HOSTWRIGHT_LAB_USER", loginUser)
	line("HOSTWRIGHT_LAB_PASSWORD", loginPassword)
	line("HOSTWRIGHT_LAB_PRIVATE_IMAGE", privateImage)
	// $PATH stays for the shell to expand, so the lines hold wherever they are read.
	fmt.Fprintf(&b, "export PATH=%s:\"$PATH\"\n", shellQuote(filepath.Join(root, "bin", "standin")))
	return b.String()
}

// shellQuote makes s one word for a POSIX shell.
func shellQuote(s string) string {
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// moduleRoot returns the closest folder at or above dir that holds go.mod.
func moduleRoot(dir string) (string, error) {
	for d := dir; ; d = filepath.Dir(d) {
		if _, err := os.Stat(filepath.Join(d, "go.mod")); err == nil {
			return d, nil
		}
		if d == filepath.Dir(d) {
			return "", fmt.Errorf("no go.mod at or above %s: run the lab from its checkout", dir)
		}
	}
}
