//go:build linux

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// buildOutput is what --output asks for.
type buildOutput struct {
	kind        string // oci, tar, local
	destination string // absolute; "" for the store
}

// parseBuildOutput reads type=oci|tar|local[,dest=PATH]. Other fields are for the builder and mean nothing here.
func (c *call) parseBuildOutput(text string) (buildOutput, error) {
	var out buildOutput
	for _, pair := range strings.Split(text, ",") {
		parts := strings.Split(pair, "=")
		if len(parts) != 2 {
			continue
		}
		switch value := strings.TrimSpace(parts[1]); strings.TrimSpace(parts[0]) {
		case "type":
			out.kind = value
		case "dest":
			path, err := freeDestination(c.absolute(value), value)
			if err != nil {
				return out, err
			}
			out.destination = path
		}
	}
	switch out.kind {
	case "":
		return out, invalidExport(text, "type field is required")
	case "oci":
		return out, nil
	case "tar", "local":
		if out.destination == "" {
			return out, invalidExport(text, "dest field is required")
		}
		return out, nil
	}
	return out, invalidExport(text, "unsupported output type")
}

func invalidExport(entry, reason string) error {
	return fmt.Errorf("export entry %s is invalid: %s", entry, reason)
}

// freeDestination: an existing file is refused; in an existing folder it is out.tar, or the first out.tar.N that is free.
func freeDestination(path, shown string) (string, error) {
	info, err := os.Stat(path)
	if err != nil {
		_ = os.MkdirAll(filepath.Dir(path), 0o755) // what is wrong with it shows when the file is written
		return path, nil
	}
	if !info.IsDir() {
		return "", invalidExport(shown, "dest path already exists")
	}
	free := filepath.Join(path, "out.tar")
	for n := 1; ; n++ {
		if _, err := os.Stat(free); err != nil {
			return free, nil
		}
		free = filepath.Join(path, fmt.Sprintf("out.tar.%d", n))
	}
}
