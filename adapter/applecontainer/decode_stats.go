package applecontainer

import (
	"errors"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/hostwright/compose/adapter"
)

// statsJSON is one element of `stats --format json`. The counters are optional.
type statsJSON struct {
	ID               string `json:"id"`
	CPUUsageUsec     uint64 `json:"cpuUsageUsec"`
	MemoryUsageBytes uint64 `json:"memoryUsageBytes"`
	MemoryLimitBytes uint64 `json:"memoryLimitBytes"`
	NetworkRxBytes   uint64 `json:"networkRxBytes"`
	NetworkTxBytes   uint64 `json:"networkTxBytes"`
	BlockReadBytes   uint64 `json:"blockReadBytes"`
	BlockWriteBytes  uint64 `json:"blockWriteBytes"`
	NumProcesses     uint64 `json:"numProcesses"`
}

// decodeStats decodes a reading; it carries no time.
func decodeStats(output []byte) ([]adapter.Stats, error) {
	list, err := decodeList(output, func(j statsJSON) (adapter.Stats, error) {
		if j.ID == "" {
			return adapter.Stats{}, errors.New("a reading without a container")
		}
		return adapter.Stats{
			ID: j.ID, CPU: time.Duration(min(j.CPUUsageUsec, math.MaxInt64/1000)) * time.Microsecond,
			Memory: j.MemoryUsageBytes, MemoryLimit: j.MemoryLimitBytes,
			Received: j.NetworkRxBytes, Sent: j.NetworkTxBytes, Read: j.BlockReadBytes, Written: j.BlockWriteBytes,
			Processes: j.NumProcesses,
		}, nil
	})
	slices.SortFunc(list, func(a, b adapter.Stats) int { return strings.Compare(a.ID, b.ID) })
	return list, err
}
