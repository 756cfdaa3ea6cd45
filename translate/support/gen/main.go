// Command gen writes docs/attributes.md from the rows of package support. Its argument is the file to write.
package main

import (
	"fmt"
	"os"

	"github.com/hostwright/compose/translate/support"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: gen FILE")
		os.Exit(2)
	}
	if err := os.WriteFile(os.Args[1], []byte(support.Markdown()), 0o644); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
