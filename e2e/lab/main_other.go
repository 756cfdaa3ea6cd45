//go:build !linux

package main

import (
	"fmt"
	"os"
)

func main() {
	fmt.Fprintln(os.Stderr, "lab: the lab needs Linux (Debian 12) as root; on a Mac the real `container` command takes its place")
	os.Exit(1)
}
