package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/rogpeppe/go-internal/diff"
)

// verdict is what a case came to.
type verdict string

const (
	same      verdict = "same"
	onPurpose verdict = "on purpose"
	wrong     verdict = "wrong"
)

// verdict of a case: one difference without an entry makes it wrong, whatever else agrees.
func (r result) verdict() verdict {
	if r.Problem != nil || len(r.Unmet) > 0 {
		return wrong
	}
	v := same
	for _, d := range r.Differences {
		if d.Entry == nil {
			return wrong
		}
		v = onPurpose
	}
	return v
}

// total counts projects.
func total(results []result, nowhere []string) map[verdict]int {
	n := map[verdict]int{wrong: len(nowhere)}
	for _, r := range results {
		n[r.verdict()]++
	}
	return n
}

func totalLine(n map[verdict]int) string {
	return fmt.Sprintf("same %d, on purpose %d, wrong %d", n[same], n[onPurpose], n[wrong])
}

// explainTo prints the differences of a case that are on no purpose; with all, the others too.
func (r result) explainTo(w io.Writer, all bool) {
	if r.Problem != nil {
		fmt.Fprintf(w, "    %s\n", strings.ReplaceAll(r.Problem.Error(), "\n", "\n    "))
	}
	last := 0
	shown := map[string]bool{}
	for _, d := range r.Differences {
		if d.Entry != nil && !all {
			continue
		}
		if id := d.Field + "\x00" + d.Docker + "\x00" + d.Ours; shown[id] {
			continue // as after an earlier step
		} else {
			shown[id] = true
		}
		if d.Step.Number != last {
			fmt.Fprintf(w, "    step %d: %s\n", d.Step.Number, d.Step.Text)
			last = d.Step.Number
		}
		fmt.Fprintf(w, "      %s\n", d.Field)
		if d.Entry != nil {
			fmt.Fprintf(w, "        on purpose: %s\n", d.Entry.Title)
		}
		d.values(w)
		if strings.HasPrefix(d.Field, "exit code") || strings.HasPrefix(d.Field, "config") && d.Stderr[1] != "" {
			fmt.Fprintf(w, "        stderr there    %s\n        stderr here     %s\n", indented(d.Stderr[0]), indented(d.Stderr[1]))
		}
	}
}

// values prints both values, of long texts only the lines around what differs.
func (d difference) values(w io.Writer) {
	if strings.Count(d.Docker, "\n") > 3 && strings.Count(d.Ours, "\n") > 3 {
		lines := diff.Diff("Docker Compose", []byte(d.Docker), "Hostwright", []byte(d.Ours))
		_, body, _ := strings.Cut(string(lines), "\n") // without the line that names a command
		fmt.Fprintf(w, "        %s\n", indented(body))
		return
	}
	fmt.Fprintf(w, "        Docker Compose  %s\n        Hostwright      %s\n", indented(d.Docker), indented(d.Ours))
}

func indented(text string) string {
	text = strings.TrimSuffix(text, "\n")
	if !strings.Contains(text, "\n") {
		return text
	}
	return "\n          | " + strings.ReplaceAll(text, "\n", "\n          | ")
}

// table is the text of docs/comparison.md.
func table(results []result, nowhere []string) string {
	var b strings.Builder
	b.WriteString("# Compared with Docker Compose\n\n")
	b.WriteString("Written by `make compare`, which runs each project under Docker Compose 5.6.0 and under Hostwright, on one engine, and\n")
	b.WriteString("compares after every step: the exit code and the output; names, labels, states, exit codes, health, ports, networks and\n")
	b.WriteString("volumes; which containers are the same as before; what a process inside sees (environment, user, groups, directory, limits,\n")
	b.WriteString("capabilities, mounts with owner, mode and what is in them, the answers to names, the resolver, the default route). `config` in\n")
	fmt.Fprintf(&b, "%d forms, `config --hash` among them, is compared byte for byte for every state of every file. What is not compared, and\n", len(configForms))
	b.WriteString("what differs on purpose, stands in [differences.md](differences.md). A project is a file of `e2e/comparison/testdata`.\n\n")
	fmt.Fprintf(&b, "**%s**, counted in projects.\n", totalLine(total(results, nowhere)))
	kind := ""
	for _, r := range results {
		if r.Case.Kind != kind {
			kind = r.Case.Kind
			fmt.Fprintf(&b, "\n## %s\n\n| project | shows | steps | result |\n| --- | --- | --- | --- |\n", kind)
		}
		fmt.Fprintf(&b, "| %s | %s | %d | %s |\n", r.Case.Name, r.Case.Shows, len(r.Case.Steps), r.outcome())
	}
	for _, line := range nowhere {
		fmt.Fprintf(&b, "\nWrong: %s\n", line)
	}
	return b.String()
}

// outcome is the last column: the verdict, and what is on purpose.
func (r result) outcome() string {
	v := r.verdict()
	if v != onPurpose {
		return string(v)
	}
	var titles []string
	for _, d := range r.Differences {
		link := fmt.Sprintf("[%s](differences.md#%s)", d.Entry.Title, anchor(d.Entry.Title))
		if !strings.Contains(strings.Join(titles, ", "), link) {
			titles = append(titles, link)
		}
	}
	return "on purpose: " + strings.Join(titles, ", ")
}

// anchor is how a heading is linked to.
func anchor(title string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(title) {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '-' || r == '_':
			b.WriteRune(r)
		case r == ' ':
			b.WriteByte('-')
		}
	}
	return b.String()
}
