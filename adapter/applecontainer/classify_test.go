package applecontainer

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"gotest.tools/v3/assert"

	"github.com/hostwright/compose/adapter"
)

// texts are error texts of Apple container, with the kind and the words that they become.
var texts = []struct {
	name  string
	code  int
	text  string
	kind  adapter.Kind
	words string
}{
	{"stop of an absent container", 1, "Error: internalError: \"failed to stop container\" (cause: \"notFound: \"container with ID x not found\"\")\n", adapter.NotFound, "failed to stop container: container with ID x not found"},
	{"start of an absent container", 1, "Error: get failed: container x not found\n", adapter.NotFound, "get failed: container x not found"},
	{"inspect of an absent container", 1, "Error: container not found: x\n", adapter.NotFound, "container not found: x"},
	{"create on an absent network", 1, "Error: network back not found\n", adapter.NotFound, "network back not found"},
	{"delete of an absent network", 1, "Error: failed to delete one or more networks: [\"x\"]\n", adapter.NotFound, "failed to delete one or more networks: [\"x\"]"},
	{"an absent volume", 1, "Error: volume 'x' not found\n", adapter.NotFound, "volume 'x' not found"},
	{"delete of an absent volume", 1, "Error: failed to delete one or more volumes: [\"x\"]\n", adapter.NotFound, "failed to delete one or more volumes: [\"x\"]"},
	{"an absent image", 1, "Error: image not found: x\n", adapter.NotFound, "image not found: x"},
	{"tag of an absent image", 1, "Error: image with reference x\n", adapter.NotFound, "image with reference x"},
	{"delete of an absent image", 1, "Error: failed to delete one or more images: [\"x\"]\n", adapter.NotFound, "failed to delete one or more images: [\"x\"]"},
	{"create of a container that exists", 1, "Error: container already exists: x\n", adapter.Exists, "container already exists: x"},
	{"create of a network that exists", 1, "Error: network x already exists\n", adapter.Exists, "network x already exists"},
	{"create of a volume that exists", 1, "Error: volume 'x' already exists\n", adapter.Exists, "volume 'x' already exists"},
	{"two containers of one name on a network", 1, "Error: hostname(s) already exist: [\"x\"]\n", adapter.Exists, "hostname(s) already exist: [\"x\"]"},
	{"a bad container name", 1, "Error: x! is not a valid container ID\n", adapter.Refused, "x! is not a valid container ID"},
	{"a bad network name", 1, "Error: invalid network name: X\n", adapter.Refused, "invalid network name: X"},
	{"a bad volume name", 1, "Error: invalid volume name '-'\n", adapter.Refused, "invalid volume name '-'"},
	{"a bad label of a network", 1, "Error: invalid_label_key_content\n", adapter.Refused, "invalid_label_key_content"},
	{"exec in a stopped container", 1, "Error: container x is not running\n", adapter.WrongState, "container x is not running"},
	{"kill of a stopped container", 1, "Error: internalError: \"failed to kill container\" (cause: \"invalidState: \"no runtime client exists: container is stopped\"\")\n", adapter.WrongState, "failed to kill container: no runtime client exists: container is stopped"},
	{"delete of a running container", 1, "Error: invalidState: \"container x is running and can not be deleted\"\n", adapter.WrongState, "container x is running and can not be deleted"},
	{"a second attach", 1, "Error: attach is currently unsupported on already running containers\n", adapter.WrongState, "attach is currently unsupported on already running containers"},
	{"a start too soon after a stop", 1, "Error: expected to be in created state, got: shuttingDown\n", adapter.WrongState, "expected to be in created state, got: shuttingDown"},
	{"a network in use", 1, "failed to delete network: [\"error\": cannot delete subnet x with referring containers: y]\nError: delete failed for one or more networks: [\"x\"]\n", adapter.InUse, "failed to delete network: [\"error\": cannot delete subnet x with referring containers: y]; delete failed for one or more networks: [\"x\"]"},
	{"a volume in use", 1, "failed to delete volume: volume 'x' is currently in use and cannot be accessed by another container\nError: delete failed for one or more volumes: [\"x\"]\n", adapter.InUse, "failed to delete volume: volume 'x' is currently in use and cannot be accessed by another container; delete failed for one or more volumes: [\"x\"]"},
	{"the builtin network", 1, "Error: cannot delete a builtin network: default\n", adapter.Refused, "cannot delete a builtin network: default"},
	{"a port in use", 1, "Error: failed to bootstrap container (cause: \"unknown: \"bind(descriptor:ptr:bytes:): Address already in use (errno: 48)\"\")\n", adapter.PortInUse, "failed to bootstrap container: bind(descriptor:ptr:bytes:): Address already in use (errno: 48)"},
	{"a low port on one address", 1, "Error: Permission denied while binding to host port 80. Binding to ports below 1024 requires root privileges.\n", adapter.Refused, "Permission denied while binding to host port 80. Binding to ports below 1024 requires root privileges."},
	{"overlapping ports", 1, "Error: host ports for different publish port specs may not overlap\n", adapter.Refused, "host ports for different publish port specs may not overlap"},
	{"a volume held by another container", 1, "Error: internalError: \"failed to bootstrap container x\" (cause: \"unknown: \"Error Domain=VZErrorDomain Code=2 The storage device attachment is invalid.\"\")\n", adapter.VolumeBusy, "failed to bootstrap container x: Error Domain=VZErrorDomain Code=2 The storage device attachment is invalid."},
	{"a bind source that is not there", 1, "Error: path '/x' does not exist\n", adapter.Refused, "path '/x' does not exist"},
	{"a bind source that went away", 1, "Error: mount source path '/x' does not exist\n", adapter.Refused, "mount source path '/x' does not exist"},
	{"a missing executable", 1, "Error: failed to find target executable nope\n", adapter.Refused, "failed to find target executable nope"},
	{"no command", 1, "Error: command/entrypoint not specified for container process\n", adapter.Refused, "command/entrypoint not specified for container process"},
	{"a registry that wants a login", 1, "Error: HTTP request to https://r/v2/x failed with response: 401 Unauthorized. Reason: access denied or wrong credentials\n", adapter.Denied, "HTTP request to https://r/v2/x failed with response: 401 Unauthorized. Reason: access denied or wrong credentials"},
	{"a registry that has no such image", 1, "Error: HTTP request to https://r/v2/x failed with response: 404 Not Found\n", adapter.NotFound, "HTTP request to https://r/v2/x failed with response: 404 Not Found"},
	{"a registry that has enough", 1, "Error: failed with response: 429 Too Many Requests\n", adapter.Unknown, "failed with response: 429 Too Many Requests"},
	{"a registry that is not there", 1, "Error: failed to resolve either repository hostname\n", adapter.Unknown, "failed to resolve either repository hostname"},
	{"no variant for the platform", 1, "Error: unsupported: \"image x does not support required platforms\"\n", adapter.Unsupported, "image x does not support required platforms"},
	{"an image ID", 1, "Error: cannot specify 64 byte hex string as reference\n", adapter.Refused, "cannot specify 64 byte hex string as reference"},
	{"too little memory", 1, "Error: minimum memory amount allowed is 200 MiB (got 1 bytes)\n", adapter.Refused, "minimum memory amount allowed is 200 MiB (got 1 bytes)"},
	{"a long Dockerfile", 1, "Error: Dockerfile exceeds the maximum allowed size\n", adapter.Refused, "Dockerfile exceeds the maximum allowed size"},
	{"macOS 15", 1, "Error: non-default network configuration requires macOS 26 or newer\n", adapter.Unsupported, "non-default network configuration requires macOS 26 or newer"},
	{"services that are down", 1, "Error: interrupted: \"XPC connection error: Connection invalid\"\nEnsure container system service has been started with `container system start`.\n", adapter.NotRunning, "XPC connection error: Connection invalid"},
	{"a listing that took too long", 1, "Error: XPC timeout for request to com.apple.container.apiserver/networkList\n", adapter.Timeout, "XPC timeout for request to com.apple.container.apiserver/networkList"},
	{"no kernel", 1, "Error: default kernel not configured for architecture arm64\n", adapter.Unknown, "default kernel not configured for architecture arm64"},
	{"no networks on macOS 15", 64, "Error: Plugin 'container-network' not found.\n", adapter.Unsupported, "Plugin 'container-network' not found."},
	{"an unknown option", 64, "Error: Unknown option '--restart'\nUsage: container create [<options>] <image>\n  See 'container create --help' for more information.\n", adapter.Refused, "Unknown option '--restart'"},
	{"a text that nobody knows", 1, "Error: the moon is full\n", adapter.Unknown, "the moon is full"},
	{"no text", 1, "", adapter.Unknown, "the command exited with code 1 and said nothing"},
	{"save of an absent image", 1, "failed to get image for reference x: notFound: \"image with reference x\"\nError: failed to save image(s)\n", adapter.NotFound, "failed to get image for reference x: image with reference x; failed to save image(s)"},
	{"a log without an error line", 1, "one\ntwo\nthree\nfour\n", adapter.Unknown, "two; three; four"},
}

func TestClassifyAndWords(t *testing.T) {
	for _, test := range texts {
		t.Run(test.name, func(t *testing.T) {
			text := &errorText{}
			_, _ = text.Write([]byte(test.text))
			e := call{}.failure(test.code, text)
			assert.Equal(t, e.Kind, test.kind)
			assert.Equal(t, e.Words, test.words)
		})
	}
}

func TestAttachedProcessIsNotTakenForTheCommand(t *testing.T) {
	tests := []struct {
		name string
		code int
		text string
		own  bool
	}{
		{"a process's error", 1, "Error: cannot connect to the database\n", false},
		{"a process's port", 1, "Error: listen EADDRINUSE: address already in use :::3000\n", false},
		{"a process's file", 1, "Error: file already exists\n", false},
		{"a process's network", 1, "Error: network eth7 not found\n", false},
		{"another exit code", 3, "Error: container x is not running\n", false},
		{"a text before it", 1, "Warning: x\n", false},
		{"the command's error", 1, "Error: container x is not running\n", true},
		{"the command's port", 1, "Error: bind(descriptor:ptr:bytes:): Address already in use (errno: 48)\n", true},
		{"the command's usage", 64, "Error: Unknown option '--x'\nUsage: container start <id>\n", true},
		{"a process's usage", 64, "Error: bad option\nUsage: app\n", false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, _, own := classifyAttached(test.code, test.text)
			assert.Equal(t, own, test.own)
		})
	}
}

func TestWordsHideTheEnvironment(t *testing.T) {
	hidden := secretsOf([]adapter.EnvVar{
		{Key: "A", Value: "pw", Sensitive: true}, {Key: "B", Value: "-----BEGIN\nabcdef\n", Sensitive: true},
		{Key: "C", Value: "plain-but-long"}, {Key: "D", Value: "a"},
	})
	got := words("Error: bad pw in abcdef and plain-but-long, a\n-----BEGIN\n", hidden)
	assert.Equal(t, got, "bad <redacted> in <redacted> and <redacted>, a; <redacted>")
}

func TestErrorTextKeepsFromTheFirstErrorLine(t *testing.T) {
	said := &errorText{}
	for range 3000 {
		_, _ = said.Write([]byte("log line that is not Error: an error\n"))
	}
	for _, part := range []string{"before\nErr", "or: the ", "text\n", "next\n", "Error: second\n"} {
		_, _ = said.Write([]byte(part))
	}
	text, log := said.parts()
	assert.Equal(t, text, "Error: the text\nnext\nError: second\n")
	assert.Assert(t, len(log) <= maxErrorText && strings.HasSuffix(log, "an error\nbefore\n"), log)
	_, _ = said.Write([]byte(strings.Repeat("x", 2*maxErrorText)))
	text, _ = said.parts()
	assert.Equal(t, len(text), maxErrorText)
}

func FuzzClassify(f *testing.F) {
	for _, test := range texts {
		f.Add(test.code, test.text, "secret")
	}
	f.Add(1, "Error: \x1b[31mred\x07", "red")
	f.Fuzz(func(t *testing.T, code int, text, secret string) {
		kind, _ := classify(code, text)
		if kind == "" {
			t.Fatalf("no kind for %q", text)
		}
		if again, _ := classify(code, strings.ToUpper(text)); isASCII(text) && again != kind {
			t.Fatalf("the kind of %q depends on case: %q, %q", text, kind, again)
		}
		got := words(text, secretsOf([]adapter.EnvVar{{Value: secret, Sensitive: true}}))
		if utf8.RuneCountInString(got) > maxWords || !utf8.ValidString(got) || strings.ContainsFunc(got, unicode.IsControl) {
			t.Fatalf("words of %q: %q", text, got)
		}
		trimmed := strings.TrimSpace(printable(secret))
		if len(trimmed) >= minSensitive && !strings.ContainsAny(secret, "\n") && !strings.Contains("<redacted>", trimmed) &&
			strings.Contains(strings.ReplaceAll(got, "<redacted>", "\x00"), trimmed) {
			t.Fatalf("words of %q show %q: %q", text, trimmed, got)
		}
		whole := &errorText{}
		_, _ = whole.Write([]byte(text))
		bytewise := &errorText{}
		for i := range len(text) {
			_, _ = bytewise.Write([]byte{text[i]})
		}
		wholeText, wholeLog := whole.parts()
		byteText, byteLog := bytewise.parts()
		if wholeText != byteText || len(text) < maxErrorText && wholeLog != byteLog {
			t.Fatalf("%q: the text depends on how it arrives: %q, %q", text, wholeText, byteText)
		}
	})
}

func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r > unicode.MaxASCII })
}
