//go:build linux

package main

import (
	"strings"
	"testing"

	"gotest.tools/v3/assert"
)

func TestImagesOfADockerfile(t *testing.T) {
	for _, tc := range []struct {
		name, text, target, want string
		arguments                map[string]string
	}{
		{name: "one base", text: "FROM alpine\nRUN x", want: "alpine"},
		{name: "scratch is no image", text: "FROM scratch\nCOPY a /", want: ""},
		{name: "a stage is no image", text: "FROM alpine AS base\nFROM base\n", want: "alpine"},
		{name: "stage names have no case", text: "FROM alpine AS Base\nFROM bASE\n", want: "alpine"},
		{name: "a stage must come before", text: "FROM later\nFROM alpine AS later\n", target: "later", want: "alpine"},
		{name: "a name that is a stage only later is an image", text: "FROM base AS x\nFROM alpine AS base\n", target: "x", want: "base"},
		{name: "unused stages are not asked for", text: "FROM nothing AS unused\nFROM alpine\n", want: "alpine"},
		{name: "copied stages are", text: "FROM golang AS build\nFROM alpine\nCOPY --from=build /a /a\n", want: "alpine golang"},
		{name: "copied images are", text: "FROM alpine\nCOPY --from=nginx:1 /a /a\n", want: "alpine nginx:1"},
		{name: "stages by number", text: "FROM golang\nFROM alpine\nCOPY --from=0 /a /a\n", want: "alpine golang"},
		{name: "FROM takes no numbers", text: "FROM golang\nFROM 0\n", want: "0"},
		{name: "mounted images are", text: "FROM alpine\nRUN --mount=type=bind,from=tools,target=/t x\n", want: "alpine tools"},
		{name: "a target stops there", text: "FROM a AS one\nFROM b AS two\n", target: "one", want: "a"},
		{name: "an unknown target needs nothing", text: "FROM a\n", target: "x", want: ""},
		{name: "an argument with its default", text: "ARG V=3\nFROM alpine:${V}\n", want: "alpine:3"},
		{name: "an argument that is given", text: "ARG V=3\nFROM alpine:$V\n", arguments: map[string]string{"V": "4"}, want: "alpine:4"},
		{name: "an argument out of another", text: "ARG A=alp\nARG B=${A}ine\nFROM $B\n", want: "alpine"},
		{name: "an argument with a fallback", text: "ARG B\nFROM ${B:-busybox}\n", want: "busybox"},
		{name: "an argument behind FROM does not count", text: "FROM alpine\nARG B=x\nFROM ${B:-busybox}\n", want: "busybox"},
		{name: "a comment and a continued line", text: "# FROM no\nFROM \\\n  alpine \\\n  AS x\n", want: "alpine"},
		{name: "ONBUILD takes effect elsewhere", text: "FROM alpine\nONBUILD COPY --from=nginx /a /a\n", want: "alpine"},
		{name: "each once", text: "FROM alpine AS a\nFROM alpine\nCOPY --from=alpine /a /a\nCOPY --from=a /b /b\n", want: "alpine"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			arguments := tc.arguments
			if arguments == nil {
				arguments = map[string]string{}
			}
			plan, err := planDockerfile([]byte(tc.text), arguments)
			assert.NilError(t, err)
			assert.Equal(t, strings.Join(plan.images(tc.target), " "), tc.want)
		})
	}
}

func TestRewriteOfADockerfile(t *testing.T) {
	const text = `# syntax=docker/dockerfile:1
# escape=\
ARG V=3
FROM --platform=linux/amd64 alpine:$V AS build
RUN echo alpine:3
FROM \
  busybox \
  AS busy
COPY --from=build --chown=1:1 /a /a
COPY --from=nginx:1 \
  /b /b
RUN --mount=type=bind,from=nginx:1,target=/n ls /n
FROM build`
	const want = `#
# escape=\
ARG V=3
FROM --platform=linux/amd64 TAG:a AS build
RUN echo alpine:3
FROM TAG:b AS busy


COPY --from=build --chown=1:1 /a /a
COPY --from=TAG:n \
  /b /b
RUN --mount=type=bind,from=TAG:n,target=/n ls /n
FROM build`
	plan, err := planDockerfile([]byte(text), map[string]string{})
	assert.NilError(t, err)
	got := plan.rewrite(map[string]string{"alpine:3": "TAG:a", "busybox": "TAG:b", "nginx:1": "TAG:n", "build": "wrong"})
	assert.Equal(t, string(got), want)
}

func TestRewriteWithoutNamesChangesNothing(t *testing.T) {
	const text = "FROM alpine\n\nRUN <<EOF\necho '--from=x'\nEOF\nCOPY --from=nginx /a /a\n"
	plan, err := planDockerfile([]byte(text), map[string]string{})
	assert.NilError(t, err)
	assert.Equal(t, string(plan.rewrite(nil)), text)
}

func FuzzDockerfile(f *testing.F) {
	for _, s := range []string{"FROM a\n", "ARG V=1\nFROM a:$V AS b\nCOPY --from=b /x /y", "FROM ${A:-b}\nRUN --mount=from=c x", "#escape=`\nFROM a", "FROM a\nRUN <<E\nx\nE"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		plan, err := planDockerfile([]byte(text), map[string]string{})
		if err != nil {
			return
		}
		names := map[string]string{}
		for _, name := range plan.images("") {
			names[name] = "standin-0123456789abcdef:tag"
		}
		got := string(plan.rewrite(names))
		if strings.Count(got, "\n") != strings.Count(text, "\n") {
			t.Fatalf("%q has another number of lines: %q", text, got)
		}
	})
}
