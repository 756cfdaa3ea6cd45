package view

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	units "github.com/docker/go-units"

	"github.com/hostwright/compose/orchestrate/plan"
)

// MemoryLine sums an estimate up in one line, "" when there is none.
func MemoryLine(m plan.Memory) string {
	vms, builder := 0, ""
	for _, r := range m.Rows {
		vms += r.Replicas
		if strings.HasPrefix(r.Service, "(") { // no name of a service
			builder = " with the builder's"
		}
	}
	if vms == 0 {
		return ""
	}
	host := ""
	if m.Host > 0 {
		host = " of this machine's " + size(m.Host)
	}
	return fmt.Sprintf("memory: %s%s, idle about %s, at most %s%s", count(vms, "VM"), builder, size(m.Floor), size(m.Ceiling), host)
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

// size prints bytes in binary units with one decimal at most, "1.5GiB".
func size(bytes int64) string {
	text := units.CustomSize("%.1f%s", float64(bytes), 1024, []string{"B", "KiB", "MiB", "GiB", "TiB", "PiB"})
	return strings.Replace(text, ".0", "", 1)
}

// count prints a number with its noun: "1 VM", "3 VMs".
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.Itoa(n) + " " + noun + "s"
}
