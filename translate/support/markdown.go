package support

import (
	"fmt"
	"strings"
)

// sections are the parts of the page in order. A row belongs to the one with the longest prefix that fits.
var sections = []struct{ title, prefix string }{
	{"Top level", ""},
	{"Services", "services.*."},
	{"Building", "services.*.build"},
	{"Deploy", "services.*.deploy"},
	{"Networks", "networks.*."},
	{"Volumes", "volumes.*."},
	{"Secrets", "secrets.*."},
	{"Configs", "configs.*."},
}

func section(path string) string {
	best := 0
	for i, s := range sections {
		if strings.HasPrefix(path, s.prefix) && len(s.prefix) >= len(sections[best].prefix) {
			best = i
		}
	}
	return sections[best].title
}

// Markdown gives the page docs/attributes.md.
func Markdown() string {
	var b strings.Builder
	b.WriteString(`# What becomes of each attribute

<!-- Written by "go generate ./translate/support"; edit the rows there. -->

Every attribute of the Compose specification, as compose-go knows it, has a row. *supported*: the runtime does it.
*emulated*: Hostwright does it. *changed*: something else happens, which is a warning. *ignored*: it has no effect here
and needs none, which is a note. *refused*: nothing is created. A path that ends in ` + "`…`" + ` stands for everything below
it. Indented lines are values with a verdict of their own. ` + "`hostwright compose plan`" + ` prints what applies to a project.
`)
	count := map[Verdict]int{}
	for _, r := range Rows() {
		count[r.Verdict]++
	}
	fmt.Fprintf(&b, "\n%d rows: %d supported, %d emulated, %d changed, %d ignored, %d refused.\n",
		len(Rows()), count[Supported], count[Emulated], count[Changed], count[Ignored], count[Refused])
	for _, s := range sections {
		fmt.Fprintf(&b, "\n## %s\n\n| attribute | verdict | what happens | instead |\n| --- | --- | --- | --- |\n", s.title)
		for _, r := range Rows() {
			if section(r.Path) != s.title {
				continue
			}
			path := r.Path
			if r.Below {
				path += " …"
			}
			line(&b, "`"+path+"`", r.Verdict, r.What, r.Instead)
			for _, c := range r.Cases {
				line(&b, "&emsp;"+c.When, c.Verdict, c.What, c.Instead)
			}
		}
	}
	return b.String()
}

func line(b *strings.Builder, name string, v Verdict, what, instead string) {
	fmt.Fprintf(b, "| %s | %s | %s | %s |\n", name, v, cell(what), cell(instead))
}

// cell keeps a text from ending its cell or becoming a tag.
func cell(text string) string { return strings.NewReplacer("|", `\|`, "<", "&lt;").Replace(text) }
