package cli

import (
	"github.com/hostwright/compose/orchestrate/plan"
	"github.com/hostwright/compose/translate"
	"github.com/hostwright/compose/translate/declared"
)

// target gives the facts of the runtime and the machine that a translation depends on. A machine whose memory cannot
// be read is not worth an error: the estimate then stands alone.
func (c *composeCommand) target() (translate.Target, error) {
	runtime, err := c.app.Adapter()
	if err != nil {
		return translate.Target{}, err
	}
	k := runtime.Capabilities()
	t := translate.Target{
		DefaultMemory: declared.Bytes(k.DefaultMemory), DefaultCPUs: k.DefaultCPUs, MinMemory: declared.Bytes(k.MinMemory),
		OverheadMemory: declared.Bytes(k.OverheadMemory), IdleMemory: declared.Bytes(k.IdleMemory),
		BuilderMemory:    declared.Bytes(k.BuilderMemory),
		LabelValueEquals: k.LabelValueEquals, HostPlatform: k.HostPlatform,
		OldNames: c.oldNames(),
	}
	if n, err := c.app.HostMemory(); err == nil {
		t.HostMemory = declared.Bytes(n)
	}
	return t, nil
}

// memory is the translation's estimate in the plan's terms.
func memory(e translate.Estimate) plan.Memory {
	m := plan.Memory{Ceiling: int64(e.Ceiling), Floor: int64(e.Floor), Host: int64(e.Host)}
	for _, r := range e.Rows {
		m.Rows = append(m.Rows, plan.MemoryRow{
			Service: r.Service, Replicas: r.Replicas, Limit: int64(r.Limit), Overhead: int64(r.Overhead),
			Floor: int64(r.Floor), Source: r.Source,
		})
	}
	return m
}
