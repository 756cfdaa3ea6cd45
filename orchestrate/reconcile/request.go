package reconcile

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"github.com/hostwright/compose/adapter"
	"github.com/hostwright/compose/ledger/statedir"
	"github.com/hostwright/compose/orchestrate/plan"
	"github.com/hostwright/compose/translate/declared"
)

// createRequest turns a planned replica into what the adapter is asked for: the declared service, the volumes and
// ports that the planner resolved, and the files that Hostwright mounts itself. folder gives the place of a volume that is
// kept as a folder. It is pure.
func createRequest(p *declared.Project, s *declared.Service, a plan.CreateContainer, image string, state statedir.Project, folder func(volume string) string) (adapter.CreateRequest, error) {
	r := adapter.CreateRequest{
		ID:         a.ID,
		Image:      image,
		Platform:   s.Platform,
		Entrypoint: s.Entrypoint,
		Command:    s.Command,
		WorkingDir: s.WorkingDir,
		User:       s.User,
		TTY:        s.TTY,
		OpenStdin:  s.StdinOpen,
		Init:       s.Init,
		ReadOnly:   s.ReadOnly,
		CPUs:       s.CPUs,
		Memory:     int64(s.Memory),
		ShmSize:    int64(s.ShmSize),
		CapAdd:     s.CapAdd,
		CapDrop:    s.CapDrop,
		Ports:      a.Ports,
		DNS:        s.DNS,
		DNSSearch:  s.DNSSearch,
		DNSOptions: s.DNSOptions,
		Labels:     a.Labels,
		NoNetwork:  s.NetworkMode == "none",
		Behaviour:  behaviour(p, s),
	}
	for _, u := range s.Ulimits {
		r.Ulimits = append(r.Ulimits, adapter.Ulimit(u))
	}
	for _, e := range s.Environment {
		if e.Unset {
			if slices.Contains(a.Empty, e.Key) {
				r.Env = append(r.Env, adapter.EnvVar{Key: e.Key})
			}
			continue
		}
		r.Env = append(r.Env, adapter.EnvVar{Key: e.Key, Value: e.Value.Reveal(), Sensitive: declared.LooksSensitive(e.Key) || declared.HoldsCredential(e.Value.Reveal())})
	}
	for _, at := range s.Networks {
		name, err := networkName(p, at.Network)
		if err != nil {
			return r, fmt.Errorf("service %s: %w", s.Name, err)
		}
		r.Networks = append(r.Networks, adapter.NetworkAttachment{Network: name, MAC: at.MAC, MTU: at.MTU})
	}
	mounts, err := mounts(s, a, state, folder)
	if err != nil {
		return r, fmt.Errorf("service %s: %w", s.Name, err)
	}
	r.Mounts = mounts
	return r, nil
}

// jobTime is how long a rehearsed container runs that others wait for to complete and that was not told anything.
const jobTime = time.Second

// behaviour says how a rehearsed container acts: as the file says, else as what others expect of it.
func behaviour(p *declared.Project, s *declared.Service) *adapter.Behaviour {
	if r := s.Rehearse; r != nil {
		return &adapter.Behaviour{ReadyAfter: r.ReadyAfter, RunFor: r.RunFor, ExitCode: r.ExitCode}
	}
	for i := range p.Services {
		for _, d := range p.Services[i].DependsOn {
			if d.Service == s.Name && d.Condition == declared.Completed {
				return &adapter.Behaviour{RunFor: jobTime}
			}
		}
	}
	return nil
}

func networkName(p *declared.Project, key string) (string, error) {
	for _, n := range p.Networks {
		if n.Key == key {
			return n.Name, nil
		}
	}
	return "", fmt.Errorf("network %q is not declared", key)
}

// mounts gives all mounts of a replica sorted by target: the file's, the volumes that an image declares, and the hosts
// file, unless the file mounts something over /etc/hosts itself.
func mounts(s *declared.Service, a plan.CreateContainer, state statedir.Project, folder func(volume string) string) ([]adapter.Mount, error) {
	var out []adapter.Mount
	taken := map[string]bool{}
	for _, m := range s.Mounts {
		taken[m.Target] = true
		switch m.Kind {
		case declared.MountBind:
			out = append(out, adapter.Mount{Kind: adapter.MountBind, Source: m.Source, Target: m.Target, ReadOnly: m.ReadOnly})
		case declared.MountTmpfs:
			out = append(out, adapter.Mount{Kind: adapter.MountTmpfs, Target: m.Target, ReadOnly: m.ReadOnly, Size: int64(m.Size), Mode: m.Mode, Options: m.Options})
		case declared.MountStaged:
			out = append(out, adapter.Mount{Kind: adapter.MountBind, Source: stagedPath(state, a.ID, m), Target: m.Target, ReadOnly: true})
		case declared.MountVolume, declared.MountAnonymous: // in a.Volumes
		default:
			return nil, fmt.Errorf("mount of unknown kind %q at %s", m.Kind, m.Target)
		}
	}
	for _, v := range a.Volumes {
		taken[v.Target] = true
		m := adapter.Mount{Kind: adapter.MountVolume, Source: v.Volume, Target: v.Target, ReadOnly: v.ReadOnly}
		if v.Folder {
			m.Kind, m.Source = adapter.MountBind, folder(v.Volume)
		}
		out = append(out, m)
	}
	if !taken[hostsTarget] {
		out = append(out, adapter.Mount{Kind: adapter.MountBind, Source: state.Hosts(a.ID), Target: hostsTarget})
	}
	slices.SortStableFunc(out, func(x, y adapter.Mount) int { return cmp.Compare(x.Target, y.Target) })
	return out, nil
}

// hostsTarget is where a container's own hosts file is mounted.
const hostsTarget = "/etc/hosts"

// stagedPath is where the content of a StagedFile lies for one mount of a container. Each mount has a file of its own,
// since its mode may differ, and each file a folder of its own, because the runtime shares the folder of a single file
// with the VM.
func stagedPath(state statedir.Project, container string, m declared.Mount) string {
	target := sha256.Sum256([]byte(m.Target))
	return filepath.Join(state.Staged(container), filepath.Dir(m.Source), filepath.Base(m.Source), hex.EncodeToString(target[:4]), "file")
}
