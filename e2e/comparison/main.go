package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"time"
)

func main() { os.Exit(Main()) }

// Main runs cases and prints what they came to. The last line counts projects; the exit code is 1 when one is wrong.
func Main() int {
	only := flag.String("case", "", "run only the cases whose KIND/NAME this regular expression matches")
	parallel := flag.Int("parallel", 3, "cases at a time")
	write := flag.String("write", "", "write the table to this file")
	noConfig := flag.Bool("no-config", false, "leave out the comparison of config, to be quick")
	verbose := flag.Bool("v", false, "show differences that are on purpose, too")
	root := flag.String("root", ".", "the project's folder")
	bin := flag.String("bin", "", "the folder of the programs (default ROOT/bin)")
	flag.Parse()
	if err := compareAll(*root, options{*bin, *only, *write, *parallel, *verbose, *noConfig}); err != nil {
		if !errors.Is(err, errWrong) {
			fmt.Fprintln(os.Stderr, "compare:", err)
		}
		return 1
	}
	return 0
}

// errWrong says that a project is wrong, which the last line has said.
var errWrong = errors.New("a project is wrong")

// options are the flags.
type options struct {
	bin, only, write  string
	parallel          int
	verbose, noConfig bool
}

func compareAll(root string, o options) error {
	root, err := filepath.Abs(root)
	if err != nil {
		return err
	}
	chosen, err := regexp.Compile(o.only)
	if err != nil {
		return err
	}
	all, err := readCases(filepath.Join(root, "e2e/comparison/testdata"))
	if err != nil {
		return err
	}
	var cases []*testCase
	for _, c := range all {
		if chosen.MatchString(c.Kind + "/" + c.Name) {
			cases = append(cases, c)
		}
	}
	entries, err := readDifferences(filepath.Join(root, "docs/differences.md"))
	if err != nil {
		return err
	}
	p, err := newPlace(root, cmp.Or(o.bin, filepath.Join(root, "bin")))
	if err != nil {
		return err
	}
	p.noConfig = o.noConfig
	results := runCases(p, cases, entries, o.parallel, o.verbose)
	nowhere := noteUnmet(entries, results, len(cases) == len(all))
	for _, line := range nowhere {
		fmt.Println("wrong      " + line)
	}
	for _, r := range results {
		if len(r.Unmet) > 0 {
			fmt.Printf("%-10s %s/%s\n    %s\n", wrong, r.Case.Kind, r.Case.Name, strings.Join(r.Unmet, "\n    "))
		}
	}
	if o.write != "" {
		if err := os.WriteFile(o.write, []byte(table(results, nowhere)), 0o644); err != nil {
			return err
		}
	}
	n := total(results, nowhere)
	fmt.Println(totalLine(n))
	if n[wrong] > 0 {
		return errWrong
	}
	return nil
}

// runCases runs cases side by side, prints each as it ends, and gives the results in the order of the cases.
func runCases(p *place, cases []*testCase, entries []*entry, parallel int, verbose bool) []result {
	results := make([]result, len(cases))
	turn := make(chan struct{}, parallel)
	var printing sync.Mutex
	var all sync.WaitGroup
	for i, c := range cases {
		all.Go(func() {
			turn <- struct{}{}
			defer func() { <-turn }()
			start := time.Now()
			r := runCase(context.Background(), p, c)
			printing.Lock()
			defer printing.Unlock()
			explain(c, r.Differences, entries)
			results[i] = r
			fmt.Printf("%-10s %s/%s (%.1fs)\n", r.verdict(), c.Kind, c.Name, time.Since(start).Seconds())
			r.explainTo(os.Stdout, verbose)
		})
	}
	all.Wait()
	return results
}
