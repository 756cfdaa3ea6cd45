package adaptertest

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gotest.tools/v3/assert"

	"github.com/hostwright/compose/adapter"
)

var imageCases = []conformanceCase{
	{name: "references are normalised", run: func(t *testing.T, s *suite) {
		for in, want := range map[string]string{
			"redis": "docker.io/library/redis:latest", "redis:7": "docker.io/library/redis:7", "a/b": "docker.io/a/b:latest",
			"localhost:5000/x": "localhost:5000/x:latest", "ghcr.io/a/b:1": "ghcr.io/a/b:1",
		} {
			got, err := s.NormaliseReference(in)
			assert.NilError(t, err)
			assert.Equal(t, got, want)
		}
		for _, bad := range []string{"", "Redis", "a b", strings.Repeat("a", 64)} {
			_, err := s.NormaliseReference(bad)
			assert.Assert(t, err != nil, bad)
		}
	}},
	{name: "an image is listed with its variant", run: func(t *testing.T, s *suite) {
		image, found := s.findImage(t, s.Image)
		assert.Assert(t, found)
		assert.Assert(t, strings.HasPrefix(image.Digest, "sha256:"), image.Digest)
		_, found = image.Variant(s.caps.HostPlatform)
		assert.Assert(t, found, "%+v", image.Variants)
	}},
	{name: "an image gets a second name and loses it", run: func(t *testing.T, s *suite) {
		s.imageLater(t, "hwtest-tagged:1")
		assert.NilError(t, s.TagImage(t.Context(), s.Image, "hwtest-tagged:1"))
		original, _ := s.findImage(t, s.Image)
		tagged, found := s.findImage(t, "hwtest-tagged:1")
		assert.Assert(t, found)
		assert.Equal(t, tagged.Digest, original.Digest)
		r := s.request("hwtest-tagrun", exits, "5")
		r.Image = "docker.io/library/hwtest-tagged:1"
		assert.Equal(t, s.runToEnd(t, r).code, 5)
		assert.NilError(t, s.DeleteImage(t.Context(), "docker.io/library/hwtest-tagged:1"))
		_, found = s.findImage(t, "hwtest-tagged:1")
		assert.Assert(t, !found)
		wantKind(t, s.DeleteImage(t.Context(), "hwtest-tagged:1"), adapter.NotFound)
		wantKind(t, s.TagImage(t.Context(), "hwtest-tagged:1", "hwtest-again:1"), adapter.NotFound)
	}},
	{name: "a pull fetches, tells how it goes, and is repeatable", needs: func(s *suite) string {
		if s.Pullable == "" {
			return "there is nothing to pull"
		}
		return ""
	}, run: func(t *testing.T, s *suite) {
		for range 2 {
			var progress strings.Builder
			assert.NilError(t, s.PullImage(t.Context(), adapter.PullRequest{Reference: s.Pullable, Progress: &progress}))
			assert.Assert(t, progress.Len() > 0)
		}
		assert.NilError(t, s.PullImage(t.Context(), adapter.PullRequest{Reference: s.Pullable, Platform: s.caps.HostPlatform}))
		_, found := s.findImage(t, s.Pullable)
		assert.Assert(t, found)
	}},
	{name: "a push of what is not here says so", run: func(t *testing.T, s *suite) {
		wantKind(t, s.PushImage(t.Context(), adapter.PushRequest{Reference: "localhost:5000/hwtest-never-built:1"}), adapter.NotFound)
	}},
	{name: "what was pushed can be pulled again", needs: func(s *suite) string {
		if s.Pushable == "" {
			return "there is no registry to push to"
		}
		return ""
	}, run: func(t *testing.T, s *suite) {
		s.imageLater(t, s.Pushable)
		assert.NilError(t, s.TagImage(t.Context(), s.Image, s.Pushable))
		var progress strings.Builder
		assert.NilError(t, s.PushImage(t.Context(), adapter.PushRequest{
			Reference: s.Pushable, Platform: s.caps.HostPlatform, Progress: &progress,
		}))
		assert.Assert(t, progress.Len() > 0)
		assert.NilError(t, s.DeleteImage(t.Context(), s.Pushable))
		assert.NilError(t, s.PullImage(t.Context(), adapter.PullRequest{Reference: s.Pushable}))
		_, found := s.findImage(t, s.Pushable)
		assert.Assert(t, found)
	}},
	{name: "a pull of what is not there says so", needs: func(s *suite) string {
		if s.Absent == "" {
			return "there is no registry"
		}
		return ""
	}, run: func(t *testing.T, s *suite) {
		err := s.PullImage(t.Context(), adapter.PullRequest{Reference: s.Absent})
		assert.Assert(t, adapter.Is(err, adapter.NotFound) || adapter.Is(err, adapter.Denied), "%v", err)
	}},
	{name: "a reference that is none is refused", run: func(t *testing.T, s *suite) {
		wantKind(t, s.PullImage(t.Context(), adapter.PullRequest{Reference: "Not A Reference"}), adapter.Refused)
		wantKind(t, s.TagImage(t.Context(), s.Image, "Not A Reference"), adapter.Refused)
	}},
	{name: "a build gives an image whose config can be read", run: testBuild},
	{name: "a build from inline text", run: func(t *testing.T, s *suite) {
		s.imageLater(t, "hwtest-inline")
		assert.NilError(t, s.BuildImage(t.Context(), adapter.BuildRequest{
			Context: t.TempDir(), Inline: "FROM " + s.Image + "\nENV HW=inline\n", Tags: []string{"hwtest-inline"},
		}))
		_, found := s.findImage(t, "hwtest-inline")
		assert.Assert(t, found)
		if s.caps.RunsProcesses {
			r := s.request("hwtest-inline", variables, "HW")
			r.Image = "hwtest-inline"
			assert.Equal(t, s.runToEnd(t, r).stdout, "inline\x00")
		}
	}},
	{name: "a build that fails says so", run: func(t *testing.T, s *suite) {
		s.imageLater(t, "hwtest-broken")
		err := s.BuildImage(t.Context(), adapter.BuildRequest{
			Context: t.TempDir(), Inline: "FROM " + s.Image + "\nNONSENSE\n", Tags: []string{"hwtest-broken"},
		})
		assert.Assert(t, err != nil)
		_, found := s.findImage(t, "hwtest-broken")
		assert.Assert(t, !found)
	}},
	{name: "the config of an absent image is not found", run: func(t *testing.T, s *suite) {
		_, err := s.ImageConfig(t.Context(), "hwtest-noimage", s.caps.HostPlatform)
		wantKind(t, err, adapter.NotFound)
	}},
}

func testBuild(t *testing.T, s *suite) {
	dir := t.TempDir()
	dockerfile := filepath.Join(dir, "Dockerfile.test")
	text := "FROM " + s.Image + "\nARG WORD\nENV HW=$WORD\nVOLUME /var/lib/b\nVOLUME /a\nEXPOSE 8080/udp\nEXPOSE 80\n" +
		"HEALTHCHECK --interval=5s --retries=2 CMD [\"true\"]\n"
	assert.NilError(t, os.WriteFile(dockerfile, []byte(text), 0o644))
	s.imageLater(t, "hwtest-built:1")
	s.imageLater(t, "hwtest-built:2")
	var log strings.Builder
	assert.NilError(t, s.BuildImage(t.Context(), adapter.BuildRequest{
		Context: dir, Dockerfile: dockerfile, Tags: []string{"hwtest-built:1", "docker.io/library/hwtest-built:2"},
		Args: []adapter.EnvVar{{Key: "WORD", Value: "from=args"}}, Log: &log,
	}))
	assert.Assert(t, log.Len() > 0)
	first, found := s.findImage(t, "hwtest-built:1")
	assert.Assert(t, found)
	second, found := s.findImage(t, "hwtest-built:2")
	assert.Assert(t, found)
	assert.Equal(t, first.Digest, second.Digest)

	config, err := s.ImageConfig(t.Context(), "docker.io/library/hwtest-built:1", s.caps.HostPlatform)
	assert.NilError(t, err)
	assert.DeepEqual(t, config, adapter.ImageConfig{
		Volumes: []string{"/a", "/var/lib/b"}, Ports: []string{"80/tcp", "8080/udp"},
		Healthcheck: &adapter.ImageHealth{Test: []string{"CMD", "true"}, Interval: 5 * time.Second, Retries: 2},
	})
	none, err := s.ImageConfig(t.Context(), s.Image, "")
	assert.NilError(t, err)
	assert.Assert(t, none.Healthcheck == nil, "%+v", none)

	r := s.request("hwtest-built", variables, "HW")
	r.Image = "docker.io/library/hwtest-built:1"
	s.create(t, r)
	if s.caps.RunsProcesses {
		got := s.start(t, r.ID)
		assert.NilError(t, got.err)
		assert.Equal(t, got.stdout, "from=args\x00")
	}
	c := s.inspect(t, r.ID)
	assert.Equal(t, c.Image, "docker.io/library/hwtest-built:1")
	assert.Equal(t, c.Digest, first.Digest)
}

// imageLater removes an image after the test.
func (s *suite) imageLater(t *testing.T, reference string) {
	t.Helper()
	t.Cleanup(func() {
		err := s.DeleteImage(context.Background(), reference)
		assert.Check(t, err == nil || adapter.Is(err, adapter.NotFound), "%v", err)
	})
}

func (s *suite) findImage(t *testing.T, reference string) (adapter.Image, bool) {
	t.Helper()
	full, err := s.NormaliseReference(reference)
	assert.NilError(t, err)
	list, err := s.ListImages(t.Context())
	assert.NilError(t, err)
	image, found := (&adapter.Snapshot{Images: list}).Image(full)
	if !found {
		return adapter.Image{}, false
	}
	return *image, true
}
