//go:build linux

package main

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"gotest.tools/v3/assert"
)

func TestLayoutIsReadAsItWasWritten(t *testing.T) {
	index, layer := []byte(`{"schemaVersion":2,"manifests":[]}`), bytes.Repeat([]byte("x"), 100_000)
	list := []layoutDescriptor{{MediaType: mediaIndex, Digest: digestOf(index), Size: int64(len(index)), Annotations: map[string]string{annotationImageName: "web:latest"}}}
	var out bytes.Buffer
	w := newLayoutWriter(&out)
	assert.NilError(t, w.begin(list))
	assert.NilError(t, w.blob(digestOf(index), index))
	assert.NilError(t, w.blob(digestOf(index), index)) // a blob is written once
	assert.NilError(t, w.stream(digestOf(layer), int64(len(layer)), bytes.NewReader(layer)))
	assert.NilError(t, w.close())

	store := content{folder: t.TempDir()}
	got, err := readLayout(&out, store)
	assert.NilError(t, err)
	assert.Assert(t, got.marker && got.hasIndex)
	assert.DeepEqual(t, got.index.Manifests, list)
	assert.Equal(t, got.index.Manifests[0].imageName(), "web:latest")
	assert.Equal(t, len(got.rejected), 0)
	kept, err := store.read(digestOf(layer))
	assert.NilError(t, err)
	assert.Assert(t, bytes.Equal(kept, layer))
}

func TestLayoutStreamMustHaveItsSize(t *testing.T) {
	w := newLayoutWriter(&bytes.Buffer{})
	assert.ErrorContains(t, w.stream(someDigest, 5, strings.NewReader("four")), "4 bytes of 5")
}

func TestLayoutMembersThatAreRejected(t *testing.T) {
	for _, header := range []tar.Header{
		{Name: "../outside", Typeflag: tar.TypeReg}, {Name: "/absolute", Typeflag: tar.TypeReg}, {Name: "blobs/../../x", Typeflag: tar.TypeReg},
		{Name: "blobs/sha256/link", Typeflag: tar.TypeSymlink, Linkname: "/etc/passwd"}, {Name: "dev", Typeflag: tar.TypeChar},
	} {
		var out bytes.Buffer
		archive := tar.NewWriter(&out)
		assert.NilError(t, archive.WriteHeader(&header))
		assert.NilError(t, archive.Close())
		got, err := readLayout(&out, content{folder: t.TempDir()})
		assert.NilError(t, err, header.Name)
		assert.DeepEqual(t, got.rejected, []string{header.Name})
	}
}

func TestContentIsWhatItsDigestSays(t *testing.T) {
	store := content{folder: t.TempDir()}
	assert.ErrorContains(t, store.receive(someDigest, strings.NewReader("x")), "digest mismatch expected "+someDigest)
	assert.Assert(t, !store.has(someDigest))
	for _, wrong := range []string{"", "sha256:", "sha256:../../etc/passwd", "md5:d41d8cd98f00b204e9800998ecf8427e", strings.ToUpper(someDigest)} {
		assert.ErrorContains(t, store.receive(wrong, strings.NewReader("x")), "invalid digest")
		_, err := store.read(wrong)
		assert.ErrorIs(t, err, errNoContent)
		assert.Assert(t, !store.has(wrong))
	}
}

func TestSynthesizedIndexIsStable(t *testing.T) {
	one, two := content{folder: t.TempDir()}, content{folder: t.TempDir()}
	manifest := layoutDescriptor{MediaType: mediaDockerManifest, Digest: someDigest, Size: 12}
	first, err := one.putIndex(manifest, platform{OS: "linux", Architecture: "amd64"})
	assert.NilError(t, err)
	second, err := two.putIndex(manifest, platform{OS: "linux", Architecture: "amd64"})
	assert.NilError(t, err)
	assert.DeepEqual(t, first, second)
	var index imageIndex
	assert.NilError(t, one.decode(first.Digest, &index))
	assert.Equal(t, index.Annotations[annotationIndirect], "true")
	assert.Equal(t, first.MediaType, mediaIndex)
}

func TestEngineArchiveWithSharedLayers(t *testing.T) {
	manifest, err := json.Marshal([]map[string]any{{"Config": "c.json", "Layers": []string{"a/layer.tar", "b/layer.tar"}}})
	assert.NilError(t, err)
	var out bytes.Buffer
	archive := tar.NewWriter(&out)
	for _, member := range []struct{ name, data string }{{"a/layer.tar", "12345"}, {"c.json", "{}"}, {"manifest.json", string(manifest)}} {
		assert.NilError(t, archive.WriteHeader(&tar.Header{Name: member.name, Typeflag: tar.TypeReg, Size: int64(len(member.data)), Mode: 0o644}))
		_, err := archive.Write([]byte(member.data))
		assert.NilError(t, err)
	}
	assert.NilError(t, archive.WriteHeader(&tar.Header{Name: "b/layer.tar", Typeflag: tar.TypeSymlink, Linkname: "../a/layer.tar"}))
	assert.NilError(t, archive.Close())
	got, err := readEngineArchive(&out)
	assert.NilError(t, err)
	assert.Equal(t, string(got.config), "{}")
	assert.DeepEqual(t, got.layers, []int64{5, 5})
}
