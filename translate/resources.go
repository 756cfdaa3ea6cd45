package translate

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/compose-spec/compose-go/v2/types"

	"github.com/hostwright/compose/translate/declared"
)

// resources fills in limits and rights.
func (s *scope) resources(out *declared.Service) {
	out.CPUs = s.cpus()
	out.Memory, s.memorySources[s.name] = s.memory()
	out.Reserve = bytes(s.from.MemReservation)
	if d := s.from.Deploy; d != nil && d.Resources.Reservations != nil && d.Resources.Reservations.MemoryBytes > 0 {
		out.Reserve = bytes(d.Resources.Reservations.MemoryBytes)
	}
	out.ShmSize = bytes(s.from.ShmSize)
	out.Ulimits = s.ulimits()
	out.CapAdd = capabilities(s.from.CapAdd)
	out.CapDrop = capabilities(s.from.CapDrop)
	if s.from.Privileged { // what it cannot give says its row
		out.CapAdd, out.CapDrop = []string{"ALL"}, nil
	}
}

// defaultPeriod is the period that cpu_quota is a part of when cpu_period is not given, in microseconds.
const defaultPeriod = 100_000

// cpus gives whole virtual CPUs, a fraction rounded up: a VM has no part of one.
func (s *scope) cpus() int {
	asked, attribute := float64(s.from.CPUS), "cpus"
	if limits := s.limits(); limits != nil && limits.NanoCPUs > 0 {
		asked, attribute = float64(limits.NanoCPUs.Value()), "deploy.resources.limits.cpus"
	}
	if asked == 0 && s.from.CPUQuota > 0 {
		period := s.from.CPUPeriod
		if period <= 0 {
			period = defaultPeriod
		}
		asked, attribute = float64(s.from.CPUQuota)/float64(period), "cpu_quota"
	}
	if asked < 0 || math.IsNaN(asked) || asked > 1<<16 {
		s.refuse(attribute, "give a number of CPUs, such as 2", "%v CPUs make no sense", asked)
		return 0
	}
	// The values come from float32, whose rounding must not cost a CPU.
	whole := int(math.Ceil(asked - 1e-6))
	if float64(whole)-asked > 1e-6 {
		s.note(attribute, "", "%s CPUs become %d: a VM has whole virtual CPUs", trimmed(asked), whole)
	}
	return whole
}

// trimmed prints a number of CPUs as a user writes it.
func trimmed(n float64) string { return strings.TrimSuffix(fmt.Sprintf("%.4g", n), ".0") }

func (s *scope) limits() *types.Resource {
	if s.from.Deploy == nil {
		return nil
	}
	return s.from.Deploy.Resources.Limits
}

// memory gives the limit, raised to the runtime's least, and the attribute that it comes from.
func (s *scope) memory() (declared.Bytes, string) {
	asked, attribute := bytes(s.from.MemLimit), "mem_limit"
	if limits := s.limits(); limits != nil && limits.MemoryBytes != 0 {
		asked, attribute = bytes(limits.MemoryBytes), "deploy.resources.limits.memory"
	}
	switch {
	case asked == 0:
		return 0, "runtime default"
	case asked < 0:
		s.refuse(attribute, "give a size such as 512m", "a limit of %d bytes makes no sense", int64(asked))
		return 0, "runtime default"
	case asked < s.target.MinMemory:
		s.note(attribute, "", "%s of memory become %s, the least that the runtime gives a VM", asked, s.target.MinMemory)
		return s.target.MinMemory, attribute
	}
	return asked, attribute
}

// ulimitNames are the limits that a Linux process has (getrlimit(2)).
var ulimitNames = []string{"core", "cpu", "data", "fsize", "locks", "memlock", "msgqueue", "nice", "nofile", "nproc", "rss", "rtprio", "rttime", "sigpending", "stack"}

func (s *scope) ulimits() []declared.Ulimit {
	var out []declared.Ulimit
	for _, name := range slices.Sorted(maps.Keys(s.from.Ulimits)) {
		u := s.from.Ulimits[name]
		attribute := "ulimits." + name
		if u == nil {
			continue
		}
		if !slices.Contains(ulimitNames, name) {
			s.refuse(attribute, "one of "+strings.Join(ulimitNames, ", "), "there is no limit called %s", name)
			continue
		}
		limit := declared.Ulimit{Name: name, Soft: int64(u.Soft), Hard: int64(u.Hard)}
		if u.Single != 0 {
			limit.Soft, limit.Hard = int64(u.Single), int64(u.Single)
		}
		if unlimited := uint64(limit.Hard); limit.Soft < -1 || limit.Hard < -1 || uint64(limit.Soft) > unlimited {
			s.refuse(attribute, "-1 stands for unlimited", "a soft limit of %d does not fit a hard limit of %d", limit.Soft, limit.Hard)
			continue
		}
		out = append(out, limit)
	}
	return out
}

// capabilities gives the names without CAP_, in capitals, sorted, each once.
func capabilities(names []string) []string {
	var out []string
	for _, n := range names {
		out = append(out, strings.TrimPrefix(strings.ToUpper(n), "CAP_"))
	}
	slices.Sort(out)
	return slices.Compact(out)
}
