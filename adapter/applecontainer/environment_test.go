package applecontainer

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gotest.tools/v3/assert"
	"pgregory.net/rapid"

	"github.com/hostwright/compose/adapter"
)

func TestSensitiveValuesOfSeveralLinesNeedAHarmlessName(t *testing.T) {
	for _, key := range []string{
		"HOME", "PATH", "CONTAINER_DEBUG", "DYLD_INSERT_LIBRARIES", "https_proxy", "NO_PROXY", "SSH_AUTH_SOCK", "XDG_CONFIG_HOME", "Http_Proxy",
	} {
		_, err := newEnvironment(adapter.OpCreateContainer, "web", []adapter.EnvVar{{Key: key, Value: "s3cret\nvalue", Sensitive: true}})
		assert.Equal(t, adapter.KindOf(err), adapter.Refused, key)
		assert.ErrorContains(t, err, key)
		assert.Assert(t, !strings.Contains(err.Error(), "s3cret"))
		// On one line it goes into the file, which steers nothing.
		env, err := newEnvironment(adapter.OpCreateContainer, "web", []adapter.EnvVar{{Key: key, Value: "s3cret", Sensitive: true}})
		assert.NilError(t, err)
		assert.Equal(t, len(env.child), 0)
	}
}

func TestEnvironmentRefusesWhatNoWayCarries(t *testing.T) {
	for _, v := range []adapter.EnvVar{
		{Key: "", Value: "x"}, {Key: "A=B", Value: "x"}, {Key: "A", Value: "x\x00y"}, {Key: "A", Value: "\xff"}, {Key: "A\nB", Value: ""},
	} {
		for _, v.Sensitive = range []bool{false, true} {
			_, err := newEnvironment(adapter.OpExec, "web", []adapter.EnvVar{v})
			assert.Equal(t, adapter.KindOf(err), adapter.Refused)
		}
	}
}

// readEnvFile reads an env-file as the runtime does: leading blanks trimmed, comments skipped, the value verbatim.
func readEnvFile(t *rapid.T, content string) map[string]string {
	values := map[string]string{}
	for _, line := range strings.FieldsFunc(content, func(r rune) bool { return strings.ContainsRune("\n\r\v\f\u0085\u2028\u2029", r) }) {
		line = strings.TrimLeft(line, " \t")
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		key, value, found := strings.Cut(line, "=")
		if !found || strings.ContainsAny(key, " \t") {
			t.Fatalf("the runtime would not read %q", line)
		}
		values[key] = value
	}
	return values
}

func TestEveryVariableArrivesExactlyOnceAndSensitiveOnesOutsideArguments(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		vars := rapid.SliceOf(rapid.Custom(func(t *rapid.T) adapter.EnvVar {
			return adapter.EnvVar{
				Key:       rapid.StringMatching(`[A-Z# \t_-][A-Za-z0-9 #_.-]{0,4}`).Draw(t, "key") + "k",
				Value:     rapid.OneOf(rapid.String(), rapid.StringMatching(`[ #=\n\r\tab\x{85}\x{2028}"'$-]{0,12}`)).Draw(t, "value"),
				Sensitive: rapid.Bool().Draw(t, "sensitive"),
			}
		})).Draw(t, "vars")
		want, sensitive := map[string]string{}, map[string]bool{}
		for _, v := range vars {
			if strings.ContainsRune(v.Value, 0) || v.Sensitive && steers(v.Key) {
				return // refused, as other tests show
			}
			want[v.Key], sensitive[v.Key] = v.Value, v.Sensitive
		}
		env, err := newEnvironment(adapter.OpCreateContainer, "web", vars)
		if err != nil {
			t.Fatalf("%v", err)
		}
		got := map[string]string{}
		take := func(from string, values map[string]string) {
			for key, value := range values {
				if _, twice := got[key]; twice {
					t.Fatalf("%s twice, now from %s", key, from)
				}
				got[key] = value
			}
		}
		take("file", readEnvFile(t, env.file))
		child := map[string]string{}
		for _, entry := range env.child {
			key, value, _ := strings.Cut(entry, "=")
			child[key] = value
		}
		for i := 0; i < len(env.options); i++ {
			entry, joined := strings.CutPrefix(env.options[i], "--env=")
			if !joined {
				if env.options[i] != "--env" || strings.HasPrefix(env.options[i+1], "-") {
					t.Fatalf("the runtime would not accept %q", env.options[i:])
				}
				i++
				entry = env.options[i]
			}
			key, value, given := strings.Cut(entry, "=")
			if !given {
				value = child[key]
			} else if sensitive[key] {
				t.Fatalf("the sensitive %s is an argument", key)
			}
			take("arguments", map[string]string{key: value})
		}
		assert.DeepEqual(t, got, want)
	})
}

func TestEnvFileIsPrivateAndGoneAfterwards(t *testing.T) {
	temp := t.TempDir()
	options, done, err := environment{file: "A=b\n", options: []string{"--env", "C=d"}}.withFile(temp)
	assert.NilError(t, err)
	assert.Equal(t, options[0], "--env-file")
	file, err := os.Stat(options[1])
	assert.NilError(t, err)
	assert.Equal(t, file.Mode().Perm(), os.FileMode(0o600))
	folder, err := os.Stat(filepath.Dir(options[1]))
	assert.NilError(t, err)
	assert.Equal(t, folder.Mode().Perm(), os.FileMode(0o700))
	done()
	left, err := os.ReadDir(temp)
	assert.NilError(t, err)
	assert.Equal(t, len(left), 0)
}

func TestWhatAKilledProcessLeftIsRemovedAndNothingElse(t *testing.T) {
	temp := t.TempDir()
	long := time.Now().Add(-2 * staleAge)
	for _, name := range []string{privatePrefix + "old", privatePrefix + "new", "other"} {
		assert.NilError(t, os.Mkdir(filepath.Join(temp, name), 0o700))
		if !strings.HasSuffix(name, "new") {
			assert.NilError(t, os.Chtimes(filepath.Join(temp, name), long, long))
		}
	}
	_, done, err := privateDir(temp)
	assert.NilError(t, err)
	done()
	left, err := os.ReadDir(temp)
	assert.NilError(t, err)
	assert.Equal(t, len(left), 2)
	assert.Equal(t, left[0].Name(), privatePrefix+"new")
	assert.Equal(t, left[1].Name(), "other")
}
