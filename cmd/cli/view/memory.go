package view

import (
	"fmt"
	"io"
	"strconv"

	units "github.com/docker/go-units"

	"github.com/hostwright/compose/orchestrate/plan"
)

// MemoryLine sums an estimate up in one line, "" when there is none.
func MemoryLine(m plan.Memory) string {
	vms := 0
	for _, r := range m.Rows {
		vms += r.Replicas
	}
	if vms == 0 {
		return ""
	}
	host := ""
	if m.Host > 0 {
		host = " of this machine's " + size(m.Host)
	}
	return fmt.Sprintf("memory: %s, idle about %s, at most %s%s", count(vms, "VM"), size(m.Floor), size(m.Ceiling), host)
}

// Memory prints an estimate as a table, a row a service, and its sum.
func Memory(w io.Writer, m plan.Memory) error {
	var rows [][]string
	for _, r := range m.Rows {
		n := int64(r.Replicas)
		rows = append(rows, []string{
			Safe(r.Service), strconv.Itoa(r.Replicas), size(r.Limit), size(r.Overhead),
			size(n * r.Floor), size(n * (r.Limit + r.Overhead)), Safe(r.Source),
		})
	}
	err := Table(w, []string{"SERVICE", "VMS", "LIMIT", "OVERHEAD", "IDLE", "AT MOST", "LIMIT FROM"}, rows)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(w, MemoryLine(m))
	return err
}

// size prints bytes in binary units, "1.5GiB".
func size(bytes int64) string { return units.BytesSize(float64(bytes)) }

// count prints a number with its noun: "1 VM", "3 VMs".
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.Itoa(n) + " " + noun + "s"
}
