//go:build linux

package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/hostwright/compose/e2e/container/argv"
)

// statsInterval lies between the two samples that every reading takes (reference 2.12).
const statsInterval = 2 * time.Second

// containerStats is one element of `stats --format json`.
type containerStats struct {
	ID               string `json:"id"`
	MemoryUsageBytes uint64 `json:"memoryUsageBytes"`
	MemoryLimitBytes uint64 `json:"memoryLimitBytes"`
	CPUUsageUsec     uint64 `json:"cpuUsageUsec"`
	NetworkRxBytes   uint64 `json:"networkRxBytes"`
	NetworkTxBytes   uint64 `json:"networkTxBytes"`
	BlockReadBytes   uint64 `json:"blockReadBytes"`
	BlockWriteBytes  uint64 `json:"blockWriteBytes"`
	NumProcesses     uint64 `json:"numProcesses"`
}

func (c *call) statsCommand() *argv.Command {
	return &argv.Command{
		Name: "stats", Abstract: "Display resource usage statistics for containers",
		Options: []argv.Option{formatOption(), flag("Disable streaming stats and only pull the first result", "no-stream"), debugOption()},
		Args:    []argv.Arg{{Name: "containers", Optional: true, Repeat: true, Help: "Container IDs (optional, shows all running containers if not specified)"}},
		Run: c.withServices(func(in *argv.Invocation) error {
			return c.stats(in.Args("containers"), in.String("format"), in.Bool("no-stream"))
		}),
	}
}

// stats prints one reading, or with the table and without --no-stream one after the other for ever. An unknown ID is an
// error; a stopped container is left out.
func (c *call) stats(ids []string, format string, once bool) error {
	listing, err := c.managed()
	if err != nil {
		return err
	}
	known := map[string]bool{}
	for _, each := range listing.containers {
		known[each.ID] = true
	}
	for _, id := range ids {
		if !known[id] {
			return fail(codeNotFound, "no such container: %s", id)
		}
	}
	wanted := ids
	if len(ids) == 0 {
		wanted = slices.Collect(maps.Keys(known))
	}
	for {
		first := c.sample(wanted)
		time.Sleep(statsInterval)
		second := c.sample(wanted)
		if format != "table" || once {
			return c.emitList(format, false, second, nil, statsRows(first, second))
		}
		fmt.Fprint(c.stdout, "\x1b[H\x1b[2J")
		c.emitTable(statsRows(first, second))
	}
}

// sample reads the counters of all containers at once; those that fail are left out.
func (c *call) sample(ids []string) []containerStats {
	read := make([]*containerStats, len(ids))
	var all sync.WaitGroup
	for i, id := range ids {
		all.Go(func() { read[i], _ = c.sampleOne(id) })
	}
	all.Wait()
	samples := []containerStats{}
	for _, each := range read {
		if each != nil {
			samples = append(samples, *each)
		}
	}
	return samples
}

func (c *call) sampleOne(id string) (*containerStats, error) {
	record, running, err := c.known(id)
	if err != nil || record == nil || !running {
		return nil, err
	}
	answer, err := c.docker.ContainerStatsOneShot(c.ctx, record.DockerID)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	var raw container.StatsResponse
	if err := json.NewDecoder(answer.Body).Decode(&raw); err != nil {
		return nil, fmt.Errorf("read statistics of %s: %w", id, err)
	}
	stats := &containerStats{
		ID: id, MemoryUsageBytes: raw.MemoryStats.Usage, MemoryLimitBytes: record.Configuration.Resources.MemoryInBytes,
		CPUUsageUsec: raw.CPUStats.CPUUsage.TotalUsage / 1000, NumProcesses: raw.PidsStats.Current,
	}
	for _, each := range raw.Networks {
		stats.NetworkRxBytes += each.RxBytes
		stats.NetworkTxBytes += each.TxBytes
	}
	for _, each := range raw.BlkioStats.IoServiceBytesRecursive {
		switch strings.ToLower(each.Op) {
		case "read":
			stats.BlockReadBytes += each.Value
		case "write":
			stats.BlockWriteBytes += each.Value
		}
	}
	return stats, nil
}

func statsRows(first, second []containerStats) [][]string {
	before := map[string]uint64{}
	for _, each := range first {
		before[each.ID] = each.CPUUsageUsec
	}
	rows := [][]string{{"Container ID", "Cpu %", "Memory Usage", "Net Rx/Tx", "Block I/O", "Pids"}}
	mib := func(bytes uint64) string { return fmt.Sprintf("%.2f MiB", float64(bytes)/mebibyte) }
	for _, each := range second {
		percent := float64(each.CPUUsageUsec-before[each.ID]) / float64(statsInterval.Microseconds()) * 100
		rows = append(rows, []string{
			each.ID, fmt.Sprintf("%.2f%%", percent), mib(each.MemoryUsageBytes) + " / " + mib(each.MemoryLimitBytes),
			mib(each.NetworkRxBytes) + " / " + mib(each.NetworkTxBytes), mib(each.BlockReadBytes) + " / " + mib(each.BlockWriteBytes),
			fmt.Sprint(each.NumProcesses),
		})
	}
	return rows
}
