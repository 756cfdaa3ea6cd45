package adapter

import (
	"strings"
	"testing"

	"gotest.tools/v3/assert"
)

func TestParseReferenceCompletesAndShortens(t *testing.T) {
	digest := "sha256:" + strings.Repeat("ab", 32)
	tests := []struct{ name, in, full, familiar string }{
		{"a bare name is official and latest", "redis", "docker.io/library/redis:latest", "redis:latest"},
		{"a tag stays", "redis:7", "docker.io/library/redis:7", "redis:7"},
		{"a user's image has no library", "grafana/loki:2", "docker.io/grafana/loki:2", "grafana/loki:2"},
		{"a full reference is kept", "docker.io/library/redis:7", "docker.io/library/redis:7", "redis:7"},
		{"docker.io without a slash gets library", "docker.io/redis", "docker.io/library/redis:latest", "redis:latest"},
		{"a component with a dot is a registry", "ghcr.io/a/b", "ghcr.io/a/b:latest", "ghcr.io/a/b:latest"},
		{"a component with a port is a registry", "reg:5000/a", "reg:5000/a:latest", "reg:5000/a:latest"},
		{"localhost is a registry", "localhost/a:1", "localhost/a:1", "localhost/a:1"},
		{"an address is a registry", "127.0.0.1:5000/a", "127.0.0.1:5000/a:latest", "127.0.0.1:5000/a:latest"},
		{"an IPv6 address is a registry", "[::1]:5000/a", "[::1]:5000/a:latest", "[::1]:5000/a:latest"},
		{"a digest drops the tag", "redis:7@" + digest, "docker.io/library/redis@" + digest, "redis@" + digest},
		{"library with a folder is not shortened to another name", "docker.io/library/a/b", "docker.io/library/a/b:latest", "docker.io/library/a/b:latest"},
		{"what would look like a registry is not shortened", "docker.io/localhost/a", "docker.io/localhost/a:latest", "docker.io/localhost/a:latest"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r, err := ParseReference(test.in)
			assert.NilError(t, err)
			assert.Equal(t, r.String(), test.full)
			assert.Equal(t, r.Familiar(), test.familiar)
		})
	}
}

func TestParseReferenceRefuses(t *testing.T) {
	tests := []struct{ name, in, message string }{
		{"nothing", "", "empty"},
		{"an image ID", strings.Repeat("a", 64), "not by its ID"},
		{"upper case", "Redis", "must be lower case"},
		{"an empty tag", "redis:", "no tag"},
		{"a bad digest", "redis@sha256:xyz", "no digest"},
		{"a leading slash", "/redis", "no image name"},
		{"a trailing slash", "a/", "no image name"},
		{"a blank", "re dis", "no image name"},
		{"a leading dash", "-redis", "no image name"},
		{"a bad registry", "exa_mple.com/a", "no registry"},
		{"a name that is too long", strings.Repeat("a", 300), "longer than"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := ParseReference(test.in)
			assert.ErrorContains(t, err, test.message)
		})
	}
}

func FuzzParseReference(f *testing.F) {
	for _, seed := range []string{"redis", "a/b:c", "localhost:5000/x", "docker.io/library/a/b", "x@sha256:" + strings.Repeat("0", 64), "[::1]:1/a", "docker.io/localhost.x/a"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r, err := ParseReference(text)
		if err != nil {
			return
		}
		for _, form := range []string{r.String(), r.Familiar()} {
			again, err := ParseReference(form)
			if err != nil || again != r {
				t.Fatalf("%q gives %+v, but its form %q gives %+v, %v", text, r, form, again, err)
			}
		}
		if (r.Tag == "") == (r.Digest == "") {
			t.Fatalf("%q: want a tag or a digest: %+v", text, r)
		}
	})
}
