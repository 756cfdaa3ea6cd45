package translate

import (
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/compose-spec/compose-go/v2/types"
	units "github.com/docker/go-units"

	"github.com/hostwright/compose/translate/declared"
)

// volumes fills in the named volumes of the project. One whose driver_opts make it a bind or a tmpfs is no volume
// but a mount of each service that uses it.
func (t *translator) volumes() {
	for _, key := range t.from.VolumeNames() {
		v := t.from.Volumes[key]
		p := "volumes." + key
		if m, is := t.mountOf(p, v); is {
			t.asMount[key] = m
			continue
		}
		out := declared.Volume{Key: key, Name: v.Name, External: bool(v.External), Labels: sortedPairs(v.Labels)}
		if !out.External {
			out.Name = t.fit(p, v.Name)
		}
		t.otherOptions(p+".driver_opts", v.DriverOpts, "volumes", "size", "type", "o", "device")
		if size := v.DriverOpts["size"]; size != "" {
			n, err := units.RAMInBytes(size)
			if err != nil || n < 1<<20 {
				t.refuse(p+".driver_opts.size", "give a size such as 10g, at least 1m", "the volume's size %q makes no sense", size)
			}
			out.Size = declared.Bytes(n)
		}
		t.to.Volumes = append(t.to.Volumes, out)
	}
}

// mountOf reads driver_opts of the local driver, which are those of mount(8): type, o and device.
func (t *translator) mountOf(p string, v types.VolumeConfig) (declared.Mount, bool) {
	if v.External || v.Driver != "" && v.Driver != "local" {
		return declared.Mount{}, false
	}
	options := strings.Split(v.DriverOpts["o"], ",")
	kind, device := v.DriverOpts["type"], v.DriverOpts["device"]
	switch {
	case slices.Contains(options, "bind") || slices.Contains(options, "rbind"):
		if !filepath.IsAbs(device) { // compose-go resolves it only where the driver is named
			device = filepath.Join(t.from.WorkingDir, device)
		}
		return declared.Mount{Kind: declared.MountBind, Source: device, ReadOnly: slices.Contains(options, "ro")}, true
	case kind == "tmpfs":
		m, rest := tmpfsOptions(options)
		if len(rest) > 0 {
			t.warn(p+".driver_opts.o", "", "the tmpfs goes without the mount options %s", strings.Join(rest, ", "))
		}
		return m, true
	case kind != "" && kind != "none":
		t.refuse(p+".driver_opts.type", "mount it on the host and bind-mount the directory", "volumes of type %s cannot be mounted", kind)
	}
	return declared.Mount{}, false
}

// mounts gives everything mounted into the service's containers, by target, each target once.
func (s *scope) mounts() []declared.Mount {
	out := s.ownMounts()
	out = append(out, s.volumesFrom(out)...)
	out = append(out, s.secrets()...)
	out = append(out, s.configs()...)
	slices.SortStableFunc(out, func(a, b declared.Mount) int { return strings.Compare(a.Target, b.Target) })
	for i := 1; i < len(out); i++ {
		if out[i].Target == out[i-1].Target {
			s.refuse("volumes", "give one of them another target", "two things are mounted at %s", out[i].Target)
		}
	}
	return out
}

// ownMounts gives what volumes and tmpfs of the service mount.
func (s *scope) ownMounts() []declared.Mount {
	var out []declared.Mount
	for i, v := range s.from.Volumes {
		if m, ok := s.mount(fmt.Sprintf("volumes[%d]", i), v); ok {
			out = append(out, m)
		}
	}
	for i, entry := range s.from.Tmpfs {
		target, options, _ := strings.Cut(entry, ":")
		attribute := fmt.Sprintf("tmpfs[%d]", i)
		m, rest := tmpfsOptions(strings.Split(options, ","))
		m.Target = s.mountPoint(attribute, target)
		if len(rest) > 0 {
			s.warn(attribute, "", "the tmpfs goes without the mount options %s", strings.Join(rest, ", "))
		}
		out = append(out, m)
	}
	return out
}

// mount translates one entry of volumes in its long form. The types that are refused have a row.
func (s *scope) mount(attribute string, v types.ServiceVolumeConfig) (declared.Mount, bool) {
	m := declared.Mount{Target: s.mountPoint(attribute, v.Target), ReadOnly: v.ReadOnly}
	switch v.Type {
	case types.VolumeTypeBind:
		m.Kind, m.Source = declared.MountBind, v.Source
		m.CreateSource = v.Bind != nil && bool(v.Bind.CreateHostPath)
		if path.Base(v.Source) == "docker.sock" {
			s.warn(attribute, "run the tool that wants it outside of the project", "there is no Docker Engine behind %s: what talks to it will not work", v.Source)
		} else if !m.ReadOnly {
			// apple/container issue 141, seen with every version so far: virtiofs tells the guest of no change on the host.
			s.note(attribute, "what watches for changes there must poll (CHOKIDAR_USEPOLLING=1, WATCHPACK_POLLING=true and the like)",
				"changes made on this machine raise no file events in the container")
		}
	case types.VolumeTypeTmpfs:
		m.Kind = declared.MountTmpfs
		if v.Tmpfs != nil {
			m.Size, m.Mode = bytes(v.Tmpfs.Size), v.Tmpfs.Mode
		}
	case types.VolumeTypeVolume:
		m.Kind, m.Source = declared.MountVolume, v.Source
		if v.Volume != nil {
			m.NoCopy = v.Volume.NoCopy
		}
		if v.Source == "" {
			m.Kind = declared.MountAnonymous
			if v.Volume != nil {
				m.Labels = sortedPairs(v.Volume.Labels)
			}
		}
		if instead, is := s.asMount[v.Source]; is {
			instead.Target, instead.ReadOnly = m.Target, m.ReadOnly || instead.ReadOnly
			m = instead
		}
	default:
		return m, false
	}
	return m, true
}

// leftOut gives the services that this command leaves out by its selection, as far as they matter to the volumes of
// those that it does not: a volume is made once, for all that will mount it. A service whose profile is off counts when
// the profile is on.
func (t *translator) leftOut() []declared.Service {
	var out []declared.Service
	for _, name := range t.from.DisabledServiceNames() {
		service := t.from.DisabledServices[name]
		if !service.HasProfile(t.from.Profiles) || service.Provider != nil {
			continue
		}
		silent := *t // what is wrong with it is said when it takes part
		silent.findings = nil
		s := &scope{translator: &silent, name: name, from: service}
		all := s.ownMounts()
		all = append(all, s.volumesFrom(all)...)
		kept := declared.Service{Name: name, Scale: service.GetScale(), DependsOn: s.dependsOnOf(func(string) bool { return true })}
		for _, m := range all {
			if m.Kind == declared.MountVolume {
				kept.Mounts = append(kept.Mounts, m)
			}
		}
		out = append(out, kept)
	}
	return out
}

// mountPoint gives the path in the container, cleaned; it must be absolute.
func (s *scope) mountPoint(attribute, target string) string {
	if !path.IsAbs(target) {
		hint := "write an absolute path"
		if len(target) > 1 && target[1] == ':' {
			hint = "the short syntax takes one letter before a colon for a Windows drive: give the volume a longer name, or write type, source and target"
		}
		s.refuse(attribute, hint, "the mount's path in the container, %q, is not absolute", target)
	}
	return path.Clean("/" + target)
}

// volumesFrom gives the binds and volumes of other services that this one takes over, where it has nothing of its
// own at the same place.
func (s *scope) volumesFrom(own []declared.Mount) []declared.Mount {
	var out []declared.Mount
	taken := map[string]bool{}
	for _, m := range own {
		taken[m.Target] = true
	}
	for i, entry := range s.from.VolumesFrom {
		attribute := fmt.Sprintf("volumes_from[%d]", i)
		if strings.HasPrefix(entry, types.ContainerPrefix) {
			s.refuse(attribute, "name a service of the project", "volumes cannot be taken from a container outside of the project")
			continue
		}
		name, mode, _ := strings.Cut(entry, ":")
		other, ok := s.translator.from.Services[name]
		if !ok {
			s.refuse(attribute, "", "volumes_from names the service %s, which is not part of the project", name)
			continue
		}
		silent := *s.translator // the other service says its findings itself
		from := &scope{translator: &silent, name: name, from: other}
		mounts := from.ownMounts()
		mounts = append(mounts, from.volumesFrom(mounts)...)
		for _, m := range mounts {
			switch {
			case taken[m.Target] || m.Kind == declared.MountTmpfs:
				continue
			case m.Kind == declared.MountAnonymous:
				s.refuse(attribute, "give it a name under volumes:", "the anonymous volume of %s at %s cannot be shared", name, m.Target)
				continue
			}
			m.ReadOnly = m.ReadOnly || mode == "ro"
			taken[m.Target] = true
			out = append(out, m)
		}
	}
	return out
}

// tmpfsOptions reads the options of a tmpfs (Docker Engine, --tmpfs): size, mode and those of the kernel are kept, those
// that say what is so anyway or that make less possible are dropped, the rest comes back.
func tmpfsOptions(options []string) (m declared.Mount, rest []string) {
	m.Kind = declared.MountTmpfs
	for _, o := range options {
		key, value, _ := strings.Cut(strings.TrimSpace(o), "=")
		switch key {
		case "", "rw", "suid", "nosuid", "dev", "nodev", "exec", "noexec", "defaults":
		case "ro":
			m.ReadOnly = true
		case "uid", "gid", "nr_inodes", "nr_blocks":
			if _, err := strconv.ParseUint(value, 10, 32); err != nil {
				rest = append(rest, o)
				continue
			}
			m.Options = append(m.Options, key+"="+value)
		case "size":
			if percent, ok := strings.CutSuffix(value, "%"); ok {
				if n, err := strconv.ParseUint(percent, 10, 8); err == nil && n > 0 {
					m.Options = append(m.Options, key+"="+value)
					continue
				}
			}
			n, err := units.RAMInBytes(value)
			if err != nil || n < 0 {
				rest = append(rest, o)
				continue
			}
			m.Size = declared.Bytes(n)
		case "mode":
			n, err := strconv.ParseUint(value, 8, 12)
			if err != nil {
				rest = append(rest, o)
				continue
			}
			m.Mode = uint32(n)
		default:
			rest = append(rest, o)
		}
	}
	return m, rest
}
