package applecontainer

import (
	"path/filepath"
	"strconv"
	"strings"

	"github.com/hostwright/compose/adapter"
)

// mountOptions gives the options of a request's mounts, in its order: a later mount shadows an earlier one.
func mountOptions(r adapter.CreateRequest) ([]string, error) {
	var options []string
	for _, m := range r.Mounts {
		name, value, err := mountOption(r.ID, m)
		if err != nil {
			return nil, err
		}
		options = append(options, option(name, value)...)
	}
	return options, nil
}

// mountOption writes one mount. A single file can be mounted by --volume only, a path with ":" by --mount only, and a
// tmpfs with options by --mount in all versions.
func mountOption(id string, m adapter.Mount) (name, value string, err error) {
	const op = adapter.OpCreateContainer
	switch {
	case !strings.HasPrefix(m.Target, "/"):
		return "", "", refused(op, id, "mount target %q is not an absolute path", m.Target)
	case m.Kind == adapter.MountTmpfs:
		return tmpfsOption(id, m)
	case m.Kind != adapter.MountBind && m.Kind != adapter.MountVolume:
		return "", "", refused(op, id, "mount %s: the runtime has no mounts of kind %q", m.Target, m.Kind)
	case m.Kind == adapter.MountBind && !filepath.IsAbs(m.Source):
		return "", "", refused(op, id, "mount %s: source %q is not an absolute path", m.Target, m.Source)
	case m.Kind == adapter.MountVolume && (m.Source == "" || strings.ContainsAny(m.Source, "/:") || strings.HasPrefix(m.Source, ".")):
		return "", "", refused(op, id, "mount %s: %q is not the name of a volume", m.Target, m.Source)
	}
	if !strings.Contains(m.Source+m.Target, ":") {
		value = m.Source + ":" + m.Target
		if m.ReadOnly {
			value += ":ro"
		}
		return "volume", value, nil
	}
	if strings.ContainsAny(m.Source+m.Target, ",=") {
		return "", "", refused(op, id, "mount %s: a path with \":\" and with \",\" or \"=\" cannot be expressed", m.Target)
	}
	value = "type=" + string(m.Kind) + ",source=" + m.Source + ",target=" + m.Target
	if m.ReadOnly {
		value += ",readonly"
	}
	return "mount", value, nil
}

func tmpfsOption(id string, m adapter.Mount) (name, value string, err error) {
	if strings.ContainsAny(m.Target, ",=") {
		return "", "", refused(adapter.OpCreateContainer, id, "mount %s: a tmpfs path with \",\" or \"=\" cannot be expressed", m.Target)
	}
	value = "type=tmpfs,target=" + m.Target
	if m.Size > 0 { // the runtime knows whole MiB
		value += ",size=" + strconv.FormatInt((m.Size+mebibyte-1)/mebibyte, 10) + "m"
	}
	if m.Mode != 0 {
		value += ",mode=" + strconv.FormatUint(uint64(m.Mode), 8)
	}
	if m.ReadOnly {
		value += ",readonly"
	}
	return "mount", value, nil
}
