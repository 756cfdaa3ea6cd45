package applecontainer

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
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

// tmpfsWithOptions writes a tmpfs that has more options than --mount knows, for 1.3.0 and later.
func tmpfsWithOptions(id string, m adapter.Mount) (name, value string, err error) {
	if strings.Contains(m.Target, ":") || slices.ContainsFunc(m.Options, func(o string) bool { return strings.ContainsAny(o, ",: ") }) {
		return "", "", refused(adapter.OpCreateContainer, id, "mount %s: a tmpfs path with \":\" cannot have options", m.Target)
	}
	options := slices.Clone(m.Options)
	if m.Size > 0 {
		options = append(options, "size="+strconv.FormatInt(m.Size, 10))
	}
	if m.Mode != 0 {
		options = append(options, "mode="+strconv.FormatUint(uint64(m.Mode), 8))
	}
	if m.ReadOnly {
		options = append(options, "ro")
	}
	return "tmpfs", m.Target + ":" + strings.Join(options, ","), nil
}

// tmpfsOptionsSince is the first version that takes options with --tmpfs.
var tmpfsOptionsSince = [3]int{1, 3, 0}

// checkTmpfs refuses options of a tmpfs that the runtime would take for a part of the path. It asks for the version only
// when there are such options.
func (a *Adapter) checkTmpfs(ctx context.Context, r adapter.CreateRequest) error {
	for _, m := range r.Mounts {
		if len(m.Options) == 0 {
			continue
		}
		v, err := a.Version(ctx)
		if err != nil {
			return err
		}
		if older(v.Client, tmpfsOptionsSince) {
			return &adapter.Error{
				Kind: adapter.Unsupported, Op: adapter.OpCreateContainer, Resource: r.ID,
				Words: fmt.Sprintf("mount %s: Apple container %s takes no %s for a tmpfs", m.Target, v.Client, strings.Join(m.Options, ", ")),
				Hint:  "install 1.3.0 or later from https://github.com/apple/container/releases, or leave these options out",
			}
		}
		return nil
	}
	return nil
}

func tmpfsOption(id string, m adapter.Mount) (name, value string, err error) {
	if len(m.Options) > 0 {
		return tmpfsWithOptions(id, m)
	}
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
