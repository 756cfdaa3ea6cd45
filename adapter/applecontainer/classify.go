package applecontainer

import (
	"strings"

	"github.com/hostwright/compose/adapter"
)

// usageCode is the exit code of a command line that the command does not accept.
const usageCode = 64

const (
	hintStart    = "start it with `container system start`"
	hintKernel   = "install a kernel with `container system kernel set --recommended`, then `container system start`"
	hintLogin    = "log in with `container registry login`, and check the name: registries answer so for images that do not exist, too"
	hintPlatform = "the image has no variant for this platform: set `platform:` of the service, or use another image"
	hintPort     = "another process or container listens on that port: stop it, or publish another port"
	hintLowPort  = "a port below 1024 can be published on all addresses only: leave out the host address, or use a higher port"
	hintVolume   = "a volume can be used by one running container at a time: stop the other one first"
	hintRosetta  = "set `rosetta = false` under [build] in ~/.config/container/config.toml and restart the runtime, or install Rosetta"
	hintMacOS    = "Hostwright needs macOS 26 or newer on Apple silicon"
	hintRegistry = "check the registry's name and the network connection"
	hintRate     = "the registry limits how often it is asked: wait, or log in with `container registry login`"
	hint16KiB    = "Apple container refuses a Dockerfile of 16 KiB or more: shorten it, or move parts into scripts"
)

// rule gives the kind of an error text. fragments are parts, lower case, that must follow one another. Such texts are
// for people and change with the version, so they are short and matched without case. own marks a text that only the
// command itself says: in an attached run a container's process writes to the same stream.
type rule struct {
	fragments []string
	kind      adapter.Kind
	hint      string
	own       bool
}

// rules are tried in order. Source of the texts: Apple container 1.0.0 to 1.4.1.
var rules = []rule{
	{frag("xpc timeout for request to"), adapter.Timeout, hintStart, true},
	{frag("xpc connection error"), adapter.NotRunning, hintStart, true},
	{frag("unable to retrieve application data root"), adapter.NotRunning, hintStart, true},
	{frag("plugins are unavailable"), adapter.NotRunning, hintStart, true},
	{frag("default kernel not"), adapter.Unknown, hintKernel, true},
	{frag("plugin 'container-", "not found"), adapter.Unsupported, hintMacOS, true},
	{frag("requires macos 26"), adapter.Unsupported, hintMacOS, true},

	{frag("storage device attachment is invalid"), adapter.VolumeBusy, hintVolume, true},
	{frag("bind(descriptor", "address already in use"), adapter.PortInUse, hintPort, true},
	{frag("address already in use"), adapter.PortInUse, hintPort, false},
	{frag("permission denied while binding to host port"), adapter.Refused, hintLowPort, true},

	{frag("is currently in use and cannot be accessed"), adapter.InUse, "", true},
	{frag("with referring containers"), adapter.InUse, "", true},
	{frag("delete failed for one or more"), adapter.InUse, "", true},
	{frag("cannot delete", "builtin network"), adapter.Refused, "", true},

	{frag("is running and can not be deleted"), adapter.WrongState, "", true},
	{frag("no runtime client exists"), adapter.WrongState, "", true},
	{frag("cannot exec: container is not running"), adapter.WrongState, "", true},
	{frag("container ", " is not running"), adapter.WrongState, "", true},
	{frag("attach is currently unsupported on already running"), adapter.WrongState, "", true},
	{frag("expected to be in created state"), adapter.WrongState, "", true},
	{frag("has a pending operation"), adapter.WrongState, "", true},
	{frag("container must be running"), adapter.WrongState, "", true},

	{frag("hostname(s) already exist"), adapter.Exists, "", true},
	{frag("container with id ", " already exists"), adapter.Exists, "", true},
	{frag("already exists"), adapter.Exists, "", false},

	{frag("container with id", "not found"), adapter.NotFound, "", true},
	{frag("get failed: container", "not found"), adapter.NotFound, "", true},
	{frag("container not found: "), adapter.NotFound, "", true},
	{frag("no such container: "), adapter.NotFound, "", false},
	{frag("network not found: "), adapter.NotFound, "", true},
	{frag("no network for id"), adapter.NotFound, "", true},
	{frag("failed to delete one or more"), adapter.NotFound, "", true},
	{frag("volume not found: "), adapter.NotFound, "", true},
	{frag("volume '", "' not found"), adapter.NotFound, "", true},
	{frag("image not found: "), adapter.NotFound, "", true},
	{frag("image with reference"), adapter.NotFound, "", true},
	{frag("network ", " not found"), adapter.NotFound, "", false},

	{frag("no credentials found for host"), adapter.Denied, hintLogin, true},
	{frag("access denied or wrong credentials"), adapter.Denied, hintLogin, true},
	{frag("failed with response: 401"), adapter.Denied, hintLogin, true},
	{frag("failed with response: 403"), adapter.Denied, hintLogin, true},
	{frag("failed with response: 404"), adapter.NotFound, "", true},
	{frag("failed with response: 429"), adapter.Unknown, hintRate, true},
	{frag("failed to resolve either repository hostname"), adapter.Unknown, hintRegistry, true},
	{frag("does not support required platforms"), adapter.Unsupported, hintPlatform, true},
	{frag("unsupported platform"), adapter.Unsupported, hintPlatform, false},
	{frag("rosetta is not installed"), adapter.Refused, hintRosetta, true},

	{frag("failed to find target executable"), adapter.Refused, "check `command` and `entrypoint`: the image has no such program", true},
	{frag("command/entrypoint not specified"), adapter.Refused, "the image names no program: set `command`", true},
	{frag("mount source path", "does not exist"), adapter.Refused, "", true},
	{frag("exceeds the maximum allowed size"), adapter.Refused, hint16KiB, true},
	{frag("minimum memory amount allowed"), adapter.Refused, "", true},
	{frag("overlaps an existing network"), adapter.Refused, "choose another subnet", true},
}

// refusals are texts with which the runtime does not accept a request; they need no hint.
var refusals = []string{
	"is not a valid container id", "invalid entity name", "invalid network name", "is not a valid name", "invalid volume name",
	"invalid label", "label cannot be an empty string", "invalid_label", "invalid publish", "may not overlap",
	"port counts are not equal", "cannot exceed more than 64", "invalid volume format", "invalid directive", "unknown directive",
	"is not a directory", "cannot specify source for tmpfs", "is not an absolute path", "mount destination cannot be empty",
	"cannot parse path for reference", "cannot specify 64 byte hex", "unsupported scheme", "volume size too small",
	"invalid size", "invalid symbol", "invalid ulimit", "unsupported ulimit type", "duplicate ulimit type", "cannot exceed hard limit",
	"no other networks may be created", "invalid mac address", "invalid mtu", "unknown network property", "invalid capabilityname",
	"invalid signal", "contains whitespaces", "no variable name", "invalid utf8", "failed to read envfile",
}

func frag(parts ...string) []string { return parts }

// classify gives the kind of a failed call and what the user can do about it.
func classify(code int, text string) (adapter.Kind, string) {
	lower := strings.ToLower(text)
	for _, r := range rules {
		if inOrder(lower, r.fragments) {
			return r.kind, r.hint
		}
	}
	if code == usageCode {
		return adapter.Refused, ""
	}
	for _, fragment := range refusals {
		if strings.Contains(lower, fragment) {
			return adapter.Refused, ""
		}
	}
	if inOrder(lower, frag("path '", "' does not exist")) {
		return adapter.Refused, ""
	}
	return adapter.Unknown, ""
}

// classifyAttached is classify for a text that may be the process's: only what the command alone says counts.
func classifyAttached(code int, text string) (kind adapter.Kind, hint string, own bool) {
	if code != 1 && code != usageCode || !strings.HasPrefix(text, errorMark) {
		return "", "", false
	}
	lower := strings.ToLower(text)
	for _, r := range rules {
		if r.own && inOrder(lower, r.fragments) {
			return r.kind, r.hint, true
		}
	}
	if code == usageCode && strings.Contains(text, "\nUsage: container ") {
		return adapter.Refused, "", true
	}
	return "", "", false
}

func inOrder(text string, fragments []string) bool {
	for _, f := range fragments {
		i := strings.Index(text, f)
		if i < 0 {
			return false
		}
		text = text[i+len(f):]
	}
	return true
}
