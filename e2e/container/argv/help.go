package argv

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

const (
	helpWidth   = 80
	labelIndent = 2
	labelWidth  = 26
)

// manyOptions is the number of options above which a usage line leaves the optional ones out.
const manyOptions = 12

func pathNames(path []*Command) string {
	var names []string
	for _, c := range path {
		if c.Name != "" {
			names = append(names, c.Name)
		}
	}
	return strings.Join(names, " ")
}

func usageLine(path []*Command) string {
	cmd := path[len(path)-1]
	var options, args []string
	for i := range cmd.Options {
		o := &cmd.Options[i]
		if o.Hidden {
			continue
		}
		s := o.preferred()
		if o.Kind != Flag {
			s += " <" + o.valueName() + ">"
		}
		if o.Repeat {
			s += " ..."
		}
		options = append(options, "["+s+"]")
	}
	for _, a := range cmd.Args {
		s := "<" + a.Name + ">"
		if a.Repeat || a.Capture {
			s += " ..."
		}
		if a.Optional {
			s = "[" + s + "]"
		}
		args = append(args, s)
	}
	parts := []string{pathNames(path)}
	switch {
	case len(options)+len(args) <= manyOptions:
		parts = append(append(parts, options...), args...)
	case len(args) > 0:
		parts = append(append(parts, "[<options>]"), args...)
	default:
		parts = append(parts, "<options>")
	}
	if len(cmd.Commands) > 0 {
		parts = append(parts, "<subcommand>")
	}
	return strings.Join(parts, " ")
}

type helpRow struct{ label, text string }

func helpText(path []*Command) string {
	cmd := path[len(path)-1]
	var b strings.Builder
	if cmd.Abstract != "" {
		fmt.Fprintf(&b, "OVERVIEW: %s\n\n", cmd.Abstract)
	}
	fmt.Fprintf(&b, "USAGE: %s\n", usageLine(path))
	section(&b, "ARGUMENTS", argRows(cmd))
	section(&b, "OPTIONS", optionRows(path))
	subcommands := commandRows(cmd)
	section(&b, "SUBCOMMANDS", subcommands)
	if len(subcommands) > 0 {
		names := path[0].Name + " help"
		if len(path) > 1 {
			names += " " + pathNames(path[1:])
		}
		fmt.Fprintf(&b, "\n  See '%s <subcommand>' for detailed help.", names)
		return b.String()
	}
	return strings.TrimSuffix(b.String(), "\n")
}

func argRows(cmd *Command) []helpRow {
	var rows []helpRow
	for _, a := range cmd.Args {
		text := a.Help
		if a.Default != "" {
			text += " (default: " + a.Default + ")"
		}
		rows = append(rows, helpRow{"<" + a.Name + ">", text})
	}
	return rows
}

func optionRows(path []*Command) []helpRow {
	cmd := path[len(path)-1]
	var rows []helpRow
	for i := range cmd.Options {
		if o := &cmd.Options[i]; !o.Hidden {
			rows = append(rows, helpRow{optionLabel(o), optionText(o)})
		}
	}
	for _, c := range path {
		if c.Version != "" {
			rows = append(rows, helpRow{"--version", "Show the version."})
			break
		}
	}
	return append(rows, helpRow{"-h, --help", "Show help information."})
}

// optionLabel has the short spellings first.
func optionLabel(o *Option) string {
	var short, long []string
	for _, s := range o.spellings() {
		if isShort(s) {
			short = append(short, s)
		} else {
			long = append(long, s)
		}
	}
	label := strings.Join(append(short, long...), ", ")
	if o.Kind != Flag {
		label += " <" + o.valueName() + ">"
	}
	return label
}

func optionText(o *Option) string {
	switch {
	case len(o.Choices) > 0 && o.Default != "":
		return fmt.Sprintf("%s (values: %s; default: %s)", o.Help, strings.Join(o.Choices, ", "), o.Default)
	case len(o.Choices) > 0:
		return fmt.Sprintf("%s (values: %s)", o.Help, strings.Join(o.Choices, ", "))
	case o.Default != "":
		return fmt.Sprintf("%s (default: %s)", o.Help, o.Default)
	}
	return o.Help
}

func commandRows(cmd *Command) []helpRow {
	var rows []helpRow
	for _, sub := range cmd.Commands {
		if sub.Hidden {
			continue
		}
		label := strings.Join(append([]string{sub.Name}, sub.Aliases...), ", ")
		rows = append(rows, helpRow{label, sub.Abstract})
	}
	return rows
}

func section(b *strings.Builder, title string, rows []helpRow) {
	if len(rows) == 0 {
		return
	}
	fmt.Fprintf(b, "\n%s:\n", title)
	for _, r := range rows {
		label := strings.Repeat(" ", labelIndent) + r.label
		lines := wrap(r.text, helpWidth-labelWidth)
		if n := utf8.RuneCountInString(label); n < labelWidth && len(lines) > 0 {
			label += strings.Repeat(" ", labelWidth-n) + lines[0]
			lines = lines[1:]
		}
		b.WriteString(label + "\n")
		for _, l := range lines {
			b.WriteString(strings.Repeat(" ", labelWidth) + l + "\n")
		}
	}
}

// wrap breaks a text at blanks; a word longer than the width stands alone.
func wrap(text string, width int) []string {
	var lines []string
	current := ""
	for _, word := range strings.Fields(text) {
		switch {
		case current == "":
			current = word
		case utf8.RuneCountInString(current)+1+utf8.RuneCountInString(word) <= width:
			current += " " + word
		default:
			lines = append(lines, current)
			current = word
		}
	}
	if current != "" {
		lines = append(lines, current)
	}
	return lines
}
