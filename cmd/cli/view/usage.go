package view

import (
	"fmt"
	"io"

	units "github.com/docker/go-units"

	"github.com/hostwright/compose/adapter"
)

// Usage is what one container uses. CPU is a percentage, 100 for one processor; negative is not known yet.
type Usage struct {
	adapter.Stats
	CPU float64
	// Running is false for a container that is listed and does not run: its numbers are dashes.
	Running bool
}

// Usages prints what containers use in a format of Docker's --format, in the order given.
func Usages(w io.Writer, list []Usage, format string) error {
	var rows []usageRow
	for _, u := range list {
		rows = append(rows, usageRow{u})
	}
	return listing[usageRow]{
		rows: rows, headers: usageHeaders, object: func(r usageRow) any { return r.fields() },
		columns: "{{.ID}}\t{{.Name}}\t{{.CPUPerc}}\t{{.MemUsage}}\t{{.MemPerc}}\t{{.NetIO}}\t{{.BlockIO}}\t{{.PIDs}}",
	}.render(w, format)
}

var usageHeaders = map[string]string{
	"Container": "CONTAINER", "ID": "CONTAINER ID", "Name": "NAME", "CPUPerc": "CPU %", "MemUsage": "MEM USAGE / LIMIT",
	"MemPerc": "MEM %", "NetIO": "NET I/O", "BlockIO": "BLOCK I/O", "PIDs": "PIDS",
}

// usageRow is one reading as a template sees it.
type usageRow struct{ u Usage }

func (r usageRow) Container() string { return r.u.ID }
func (r usageRow) ID() string        { return r.u.ID }
func (r usageRow) Name() string      { return Safe(r.u.ID) }

func (r usageRow) CPUPerc() string {
	if !r.u.Running || r.u.CPU < 0 {
		return "--"
	}
	return fmt.Sprintf("%.2f%%", r.u.CPU)
}

func (r usageRow) MemUsage() string {
	if !r.u.Running {
		return "-- / --"
	}
	return units.BytesSize(float64(r.u.Memory)) + " / " + units.BytesSize(float64(r.u.MemoryLimit))
}

func (r usageRow) MemPerc() string {
	if !r.u.Running || r.u.MemoryLimit == 0 {
		return "--"
	}
	return fmt.Sprintf("%.2f%%", 100*float64(r.u.Memory)/float64(r.u.MemoryLimit))
}

func (r usageRow) NetIO() string   { return r.pair(r.u.Received, r.u.Sent) }
func (r usageRow) BlockIO() string { return r.pair(r.u.Read, r.u.Written) }

func (r usageRow) pair(in, out uint64) string {
	if !r.u.Running {
		return "-- / --"
	}
	return units.HumanSizeWithPrecision(float64(in), 3) + " / " + units.HumanSizeWithPrecision(float64(out), 3)
}

func (r usageRow) PIDs() string {
	if !r.u.Running {
		return "--"
	}
	return fmt.Sprint(r.u.Processes)
}

func (r usageRow) fields() map[string]string {
	return map[string]string{
		"BlockIO": r.BlockIO(), "CPUPerc": r.CPUPerc(), "Container": r.Container(), "ID": r.ID(), "MemPerc": r.MemPerc(),
		"MemUsage": r.MemUsage(), "Name": r.Name(), "NetIO": r.NetIO(), "PIDs": r.PIDs(),
	}
}
