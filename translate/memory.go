package translate

import (
	"fmt"

	"github.com/hostwright/compose/translate/declared"
	"github.com/hostwright/compose/translate/finding"
)

// Estimate is what the project takes of the host's memory when each container is a VM. A VM takes memory as its
// processes touch it and does not give it back, so the sum of the limits is a ceiling and the sum of idle VMs a floor.
type Estimate struct {
	Rows    []EstimateRow
	Ceiling declared.Bytes
	Floor   declared.Bytes
	Host    declared.Bytes // 0: not known
}

// EstimateRow is one service's part, or the builder's.
type EstimateRow struct {
	Service  string
	Replicas int
	Limit    declared.Bytes // of one VM
	Overhead declared.Bytes // of one VM, beside the limit
	Floor    declared.Bytes // of one VM: idle, or what the service reserves
	Source   string         // where Limit comes from
}

// BuilderRow is the name of the builder's row: a VM that stays after the first build.
const BuilderRow = "(builder)"

// estimate adds up services that are translated already.
func estimate(services []declared.Service, sources map[string]string, target Target) Estimate {
	out := Estimate{Host: target.HostMemory}
	builds := false
	for i := range services {
		s := &services[i]
		row := EstimateRow{
			Service: s.Name, Replicas: s.Scale, Limit: s.Memory, Overhead: target.OverheadMemory,
			Floor: max(target.IdleMemory, s.Reserve), Source: sources[s.Name],
		}
		if row.Limit == 0 {
			row.Limit = target.DefaultMemory
		}
		row.Floor = min(row.Floor, row.Limit+row.Overhead)
		out.Rows = append(out.Rows, row)
		builds = builds || s.Build != nil
	}
	if builds && target.BuilderMemory > 0 {
		out.Rows = append(out.Rows, EstimateRow{
			Service: BuilderRow, Replicas: 1, Limit: target.BuilderMemory, Overhead: target.OverheadMemory,
			Floor: target.IdleMemory, Source: "builder",
		})
	}
	for _, row := range out.Rows {
		out.Ceiling += declared.Bytes(row.Replicas) * (row.Limit + row.Overhead)
		out.Floor += declared.Bytes(row.Replicas) * row.Floor
	}
	return out
}

// findings warns when the ceiling is over the host's memory.
func (e Estimate) findings() finding.List {
	if e.Host == 0 || e.Ceiling <= e.Host {
		return nil
	}
	return finding.List{{
		Severity: finding.Warning, Path: "memory",
		Message: fmt.Sprintf("the project's VMs may take up to %s of memory together, of the %s that this machine has (idle they take about %s)",
			e.Ceiling, e.Host, e.Floor),
		Hint: "set mem_limit on services that need less than the runtime's default",
	}}
}
