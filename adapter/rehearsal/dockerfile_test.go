package rehearsal

import (
	"errors"
	"strings"
	"testing"
	"time"

	"gotest.tools/v3/assert"

	"github.com/hostwright/compose/adapter"
)

// bases are the images of a test's registry.
func bases(reference string) (Image, error) {
	if reference == "base:1" {
		return Image{Reference: reference, Digest: "sha256:base", Command: []string{"base"}, Env: []string{"PATH=/bin"}, User: "nobody"}, nil
	}
	return Image{}, errors.New("no image " + reference)
}

func TestADockerfileGivesItsConfig(t *testing.T) {
	i, err := Built(`# syntax=docker/dockerfile:1
ARG TAG=1
FROM base:${TAG} AS build
RUN make \
    # a comment in between
    all
COPY <<EOF /etc/motd
CMD is no instruction here
EOF
FROM base:$TAG
ENV A=1 B="two words" C='x y' \
    D=$A
ENV OLD old form
LABEL org.example.a=b
WORKDIR /srv
USER 1000
STOPSIGNAL SIGINT
EXPOSE 80 53/udp
VOLUME ["/data", "/log"]
HEALTHCHECK --interval=5s --timeout=1s --start-period=2s --start-interval=1s --retries=4 CMD curl -f localhost
COPY --from=build /out /
ENTRYPOINT ["/server"]
CMD ["--port", "80"]
`, nil, "", bases)
	assert.NilError(t, err)
	assert.Assert(t, strings.HasPrefix(i.Digest, "sha256:") && i.Digest != "sha256:base")
	i.Digest = ""
	// Within one instruction a variable has the value from before it.
	assert.DeepEqual(t, i, Image{
		Reference: "base:1", Env: []string{"PATH=/bin", "A=1", "B=two words", "C=x y", "D=", "OLD=old form"},
		Labels: map[string]string{"org.example.a": "b"}, WorkingDir: "/srv", User: "1000", StopSignal: "SIGINT",
		Entrypoint: []string{"/server"}, Command: []string{"--port", "80"},
		Config: adapter.ImageConfig{
			Ports: []string{"53/udp", "80/tcp"}, Volumes: []string{"/data", "/log"},
			Healthcheck: &adapter.ImageHealth{
				Test: []string{"CMD-SHELL", "curl -f localhost"}, Interval: 5 * time.Second, Timeout: time.Second,
				StartPeriod: 2 * time.Second, StartInterval: time.Second, Retries: 4,
			},
		},
	})
}

func TestATargetIsAStage(t *testing.T) {
	const text = "FROM base:1 AS one\nCMD one\nFROM one AS two\nUSER 2\nFROM base:1\nCMD three\n"
	i, err := Built(text, nil, "two", bases)
	assert.NilError(t, err)
	assert.DeepEqual(t, i.Command, []string{"/bin/sh", "-c", "one"})
	assert.Equal(t, i.User, "2")
	_, err = Built(text, nil, "four", bases)
	assert.ErrorContains(t, err, `target stage "four" could not be found`)
}

func TestArgumentsChangeTheImage(t *testing.T) {
	text := "FROM base:1\nARG WORD=none\nENV SAID=$WORD\n"
	first, err := Built(text, nil, "", bases)
	assert.NilError(t, err)
	second, err := Built(text, []adapter.EnvVar{{Key: "WORD", Value: "hello"}}, "", bases)
	assert.NilError(t, err)
	assert.DeepEqual(t, first.Env, []string{"PATH=/bin", "SAID=none"})
	assert.DeepEqual(t, second.Env, []string{"PATH=/bin", "SAID=hello"})
	assert.Assert(t, first.Digest != second.Digest)
	again, err := Built(text, nil, "", bases)
	assert.NilError(t, err)
	assert.Equal(t, again.Digest, first.Digest)
}

func TestDockerfilesThatNobodyBuilds(t *testing.T) {
	for text, want := range map[string]string{
		"":                                 "no build stage",
		"# only a comment":                 "no build stage",
		"FROM":                             "names no image",
		"FROM absent:1":                    "no image absent:1",
		"FROM base:1\nNONSENSE x":          "NONSENSE: unknown instruction",
		"FROM base:1\nHEALTHCHECK --x CMD": `unknown option "--x"`,
		"FROM base:1\nHEALTHCHECK --interval=soon CMD true": "invalid duration",
	} {
		_, err := Built(text, nil, "", bases)
		assert.ErrorContains(t, err, want, text)
	}
}

func FuzzBuilt(f *testing.F) {
	f.Add("FROM base:1\nENV A=b\nRUN <<EOT\nx\nEOT\nCMD [\"a\"]\n", "")
	f.Fuzz(func(t *testing.T, text, target string) {
		first, err := Built(text, nil, target, bases)
		again, againErr := Built(text, nil, target, bases)
		assert.Equal(t, err == nil, againErr == nil)
		assert.DeepEqual(t, first, again)
	})
}
