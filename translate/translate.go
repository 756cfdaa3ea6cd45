package translate

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/compose-spec/compose-go/v2/types"

	"github.com/hostwright/compose/compose"
	"github.com/hostwright/compose/translate/declared"
	"github.com/hostwright/compose/translate/finding"
	"github.com/hostwright/compose/translate/support"
)

// Target is what the translation must know about the runtime and the host. Sizes are bytes.
type Target struct {
	// DefaultMemory and DefaultCPUs are what a container gets that asks for nothing; MinMemory is the least it can get.
	DefaultMemory declared.Bytes
	DefaultCPUs   int
	MinMemory     declared.Bytes
	// OverheadMemory is what a container's VM takes beside its limit, IdleMemory what it touches when it does nothing.
	OverheadMemory declared.Bytes
	IdleMemory     declared.Bytes
	// BuilderMemory is the builder's limit; 0 when builds need no VM of their own.
	BuilderMemory declared.Bytes
	// HostMemory is the host's physical memory, 0 when it is not known.
	HostMemory declared.Bytes
	// HostPlatform is the platform of images that run natively, "linux/arm64".
	HostPlatform string
	// LabelValueEquals is true where the value of a container's label may contain "=".
	LabelValueEquals bool
	// OldNames asks for names with "_" instead of "-" (--compatibility).
	OldNames bool
}

// Result is what Translate gives. With a finding of severity Error the project must not be run; it is still complete
// enough to be shown.
type Result struct {
	Project  declared.Project
	Findings finding.List
	Memory   Estimate
}

// Translate translates the chosen services of a project. It is pure: equal inputs give equal results.
func Translate(p *compose.Project, target Target) Result {
	t := &translator{from: p, target: target, asMount: map[string]declared.Mount{}, staged: map[string]bool{},
		memorySources: map[string]string{}}
	t.to = declared.Project{Name: p.Name, Dir: p.WorkingDir, Files: p.Files, EnvFiles: p.EnvFiles, Disabled: p.DisabledServiceNames(),
		Services: []declared.Service{}, Networks: []declared.Network{}, Volumes: []declared.Volume{}}
	t.findings = append(t.findings, p.Findings...)
	t.findings = append(t.findings, support.Check(p.Attributes, t.translated, p.Position)...)
	t.networks()
	t.volumes()
	for _, name := range p.ServiceNames() {
		if p.Services[name].Provider == nil { // refused by its row
			t.to.Services = append(t.to.Services, t.service(name))
		}
	}
	t.to.LeftOut = t.leftOut()
	slices.SortFunc(t.to.Staged, func(a, b declared.StagedFile) int { return cmp.Compare(a.Key, b.Key) })
	t.names()
	memory := estimate(t.to.Services, t.memorySources, target)
	t.findings = append(t.findings, memory.findings()...)
	return Result{Project: t.to, Findings: t.findings.Sorted(), Memory: memory}
}

// translator is one translation under way.
type translator struct {
	from     *compose.Project
	target   Target
	to       declared.Project
	findings finding.List
	// asMount are the named volumes that are really binds or tmpfs (driver_opts), by key.
	asMount map[string]declared.Mount
	// staged tells which files are in to.Staged already, by key.
	staged map[string]bool
	// memorySources says where each service's memory limit comes from.
	memorySources map[string]string
}

// translated tells which entries of the file's sections take part; findings are about these only.
func (t *translator) translated(section, name string) bool {
	switch section {
	case "services":
		_, ok := t.from.Services[name]
		return ok
	case "networks":
		_, ok := t.from.Networks[name]
		return ok
	case "volumes":
		_, ok := t.from.Volumes[name]
		return ok
	case "secrets":
		_, ok := t.from.Secrets[name]
		return ok
	case "configs":
		_, ok := t.from.Configs[name]
		return ok
	case "jobs":
		_, ok := t.from.Jobs[name]
		return ok
	case "models":
		_, ok := t.from.Models[name]
		return ok
	}
	return true
}

// say adds a finding about a path.
func (t *translator) say(severity finding.Severity, path, hint, format string, args ...any) {
	t.findings = append(t.findings, finding.Finding{
		Severity: severity, Path: path, Position: t.from.Position(path), Message: fmt.Sprintf(format, args...), Hint: hint,
	})
}

func (t *translator) note(path, hint, format string, args ...any) {
	t.say(finding.Note, path, hint, format, args...)
}

func (t *translator) warn(path, hint, format string, args ...any) {
	t.say(finding.Warning, path, hint, format, args...)
}

func (t *translator) refuse(path, hint, format string, args ...any) {
	t.say(finding.Error, path, hint, format, args...)
}

// sortedPairs gives a map as a sorted list, nil for an empty one.
func sortedPairs[M ~map[string]string](m M) []declared.KeyVal {
	var out []declared.KeyVal
	for _, k := range slices.Sorted(maps.Keys(m)) {
		out = append(out, declared.KeyVal{Key: k, Value: m[k]})
	}
	return out
}

// bytes converts compose-go's size.
func bytes(b types.UnitBytes) declared.Bytes { return declared.Bytes(b) }

// list gives a list, nil for an empty one: the two would differ in the declared model, and be the same in its JSON.
func list[S ~[]string](of S) []string {
	if len(of) == 0 {
		return nil
	}
	return of
}
