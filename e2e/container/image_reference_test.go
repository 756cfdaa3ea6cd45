//go:build linux

package main

import (
	"strings"
	"testing"

	"gotest.tools/v3/assert"
	"gotest.tools/v3/assert/cmp"
)

const someDigest = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

func TestNormalizeReference(t *testing.T) {
	for _, tc := range []struct{ text, want string }{
		{"redis", "docker.io/library/redis:latest"},
		{"redis:7", "docker.io/library/redis:7"},
		{"docker.io/redis:7", "docker.io/library/redis:7"},
		{"docker.io/library/redis", "docker.io/library/redis:latest"},
		{"registry-1.docker.io/redis", "registry-1.docker.io/library/redis:latest"},
		{"bitnami/redis:7", "docker.io/bitnami/redis:7"},
		{"ghcr.io/a/b", "ghcr.io/a/b:latest"},
		{"localhost/x", "localhost/x:latest"},
		{"localhost:5000/x:1", "localhost:5000/x:1"},
		{"127.0.0.1:5000/library/redis:7", "127.0.0.1:5000/library/redis:7"},
		{"[::1]:5000/x", "[::1]:5000/x:latest"},
		{"redis@" + someDigest, "docker.io/library/redis@" + someDigest},
		{"redis:7@" + someDigest, "docker.io/library/redis@" + someDigest},
		{"a__b/c-d.e:v1_2", "docker.io/a__b/c-d.e:v1_2"},
		{"0123456789ab", "docker.io/library/0123456789ab:latest"},
	} {
		got, err := normalizeReference(tc.text)
		assert.NilError(t, err, tc.text)
		assert.Equal(t, got.String(), tc.want, tc.text)
		again, err := normalizeReference(got.String())
		assert.NilError(t, err, tc.text)
		assert.Equal(t, again.String(), tc.want, "normalising is stable for %s", tc.text)
	}
}

func TestRefusedReferences(t *testing.T) {
	for _, tc := range []struct{ text, want string }{
		{strings.TrimPrefix(someDigest, "sha256:"), "cannot specify 64 byte hex string as reference"},
		{"Redis", "cannot parse path for reference Redis"},
		{"redis:", "cannot parse path for reference redis:"},
		{"redis:a b", "cannot parse path for reference redis:a b"},
		{"", "cannot parse path for reference "},
		{"-x", "cannot parse path for reference -x"},
		{"redis@sha256:12", "cannot parse path"},
		{"localhost", "cannot parse path for reference localhost"},
		{"bad_host.example/x", "invalid domain bad_host.example"},
		{strings.Repeat("a", 385), "reference length 385 greater than 384"},
		{strings.Repeat("a", 256), "repo length 256 greater than 255"},
	} {
		_, err := parseReference(tc.text)
		assert.Check(t, cmp.ErrorContains(err, tc.want), "reference %q", tc.text)
	}
}

func TestDisplayReference(t *testing.T) {
	for _, tc := range []struct{ text, want string }{
		{"docker.io/library/redis:7", "redis:7"},
		{"docker.io/bitnami/redis:7", "bitnami/redis:7"},
		{"docker.io/library/redis@" + someDigest, "redis@" + someDigest},
		{"ghcr.io/a/b:1", "ghcr.io/a/b:1"},
		{"web:latest", "web:latest"},
	} {
		assert.Equal(t, displayReference(tc.text), tc.want)
	}
}

func FuzzReference(f *testing.F) {
	for _, s := range []string{"redis", "a/b:c", "localhost:5000/x@" + someDigest, "[::1]:1/x", "-", "a//b", ":", "/x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		ref, err := normalizeReference(text)
		if err != nil {
			return
		}
		if ref.domain == "" || (ref.tag == "") == (ref.digest == "") {
			t.Fatalf("%q gives %+v", text, ref)
		}
		again, err := normalizeReference(ref.String())
		if err != nil || again != ref {
			t.Fatalf("%q gives %+v, and that %+v (%v)", text, ref, again, err)
		}
	})
}

func TestImagePlatform(t *testing.T) {
	for _, tc := range []struct{ text, want string }{
		{"linux/arm64", "linux/arm64"}, {"linux/arm64/v8", "linux/arm64"}, {"linux/aarch64", "linux/arm64"}, {"linux/x86_64", "linux/amd64"},
		{"linux/x86-64", "linux/amd64"}, {"linux/amd64/v1", "linux/amd64"}, {"linux/arm", "linux/arm/v7"}, {"linux/arm/v6", "linux/arm/v6"},
		{"linux/armel/v6", "linux/arm/v6"}, {"linux/386", "linux/386"}, {"windows/amd64", "windows/amd64"}, {"linux/riscv64", "linux/riscv64"},
	} {
		got, err := parseImagePlatform(tc.text)
		assert.NilError(t, err, tc.text)
		assert.Equal(t, got.text(), tc.want, tc.text)
	}
	for _, tc := range []struct{ text, want string }{
		{"", "missing OS in "}, {"linux", "missing architecture in linux"}, {"beos/amd64", "unknown OS in beos"},
		{"linux/amd64/v2", "invalid variant v2"}, {"linux/arm64/v7", "invalid variant v7"}, {"linux/riscv64/x", "invalid variant x"},
	} {
		_, err := parseImagePlatform(tc.text)
		assert.Check(t, cmp.ErrorContains(err, tc.want), "platform %q", tc.text)
	}
}

func TestFindImage(t *testing.T) {
	pulled, built, renamed := &imageRecord{}, &imageRecord{BuiltAs: "web:latest"}, &imageRecord{BuiltAs: "api:1"}
	mac := &state{Images: map[string]*imageRecord{
		"docker.io/library/web:latest": pulled, "web:latest": built, "docker.io/library/other:2": renamed, "docker.io/library/redis:7": pulled,
	}}
	for _, tc := range []struct {
		text, name string
	}{
		{"web", "web:latest"}, // the built one first
		{"web:latest", "web:latest"},
		{"docker.io/library/web", "docker.io/library/web:latest"},
		{"docker.io/web:latest", "docker.io/library/web:latest"},
		{"redis:7", "docker.io/library/redis:7"},
		{"redis", ""},
		{"api:1", "docker.io/library/other:2"}, // the name of the build goes along with a tag, and is found under it
		{"other:2", "docker.io/library/other:2"},
		{"web:2", ""},
	} {
		name, record, err := mac.findImage(tc.text)
		assert.NilError(t, err, tc.text)
		assert.Equal(t, name, tc.name, tc.text)
		assert.Equal(t, record != nil, tc.name != "", tc.text)
	}
	_, _, err := mac.findImage("UPPER")
	assert.ErrorContains(t, err, "cannot parse path")
}

func TestByteCount(t *testing.T) {
	for _, tc := range []struct {
		n    int64
		want string
	}{{0, "Zero KB"}, {12, "12 bytes"}, {1500, "2 KB"}, {999_499, "999 KB"}, {999_500, "1 MB"}, {37_172_026, "37.2 MB"}, {2_000_000_000, "2 GB"}} {
		assert.Equal(t, byteCount(tc.n), tc.want)
	}
}

func TestRequestScheme(t *testing.T) {
	for _, tc := range []struct{ version, asked, host, want string }{
		{"1.4.1", "http", "a", "http"}, {"1.4.1", "https", "a", "https"}, {"1.4.1", "auto", "localhost", "unsupported scheme auto"},
		{"1.2.2", "auto", "localhost", "http"}, {"1.2.2", "auto", "127.0.0.1", "http"}, {"1.2.2", "auto", "172.31.0.1", "http"},
		{"1.2.2", "auto", "localhost:5000", "https"}, {"1.2.2", "auto", "127.0.0.1:5000", "https"}, {"1.2.2", "auto", "docker.io", "https"},
		{"1.2.2", "ftp", "a", "unsupported scheme ftp"},
	} {
		version, err := parseVersion(tc.version)
		assert.NilError(t, err)
		got, err := (&call{version: version}).requestScheme(tc.asked, tc.host)
		if err != nil {
			got = errorText(err)
		}
		assert.Equal(t, got, tc.want, "%+v", tc)
	}
}
