package rehearsal

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/hostwright/compose/adapter"
)

// Built reads a Dockerfile and gives the image that its build would leave as far as it is known without running
// anything: the config, not the files. target is a stage, "" the last one. base gives the image of a FROM. An instruction
// that no Dockerfile has is an error.
func Built(text string, args []adapter.EnvVar, target string, base func(reference string) (Image, error)) (Image, error) {
	b := &builder{args: map[string]string{}, stages: map[string]Image{}, base: base}
	for _, a := range args {
		b.args[a.Key] = a.Value
	}
	for _, line := range instructions(text) {
		name, rest, _ := strings.Cut(line, " ")
		name, rest = strings.ToUpper(name), strings.TrimSpace(rest)
		if name == "FROM" && target != "" && b.stage == target {
			break
		}
		if err := b.apply(name, rest); err != nil {
			return Image{}, fmt.Errorf("%s: %w", name, err)
		}
	}
	switch {
	case !b.began:
		return Image{}, errors.New("no build stage in Dockerfile")
	case target != "" && b.stage != target:
		return Image{}, fmt.Errorf("target stage %q could not be found", target)
	}
	i := b.image
	slices.Sort(i.Config.Volumes)
	slices.Sort(i.Config.Ports)
	i.Digest = Digest(i.Digest, text, fmt.Sprint(i.Env))
	return i, nil
}

// instructions gives the instructions of a Dockerfile, one a string: without comments, with continued lines joined, and
// without the texts of here-documents.
func instructions(text string) []string {
	var out []string
	var current, until string
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		switch {
		case until != "":
			if line == until {
				until = ""
			}
			continue
		case line == "" || strings.HasPrefix(line, "#"):
			continue
		}
		if part, more := strings.CutSuffix(line, `\`); more {
			current += strings.TrimSpace(part) + " "
			continue
		}
		current += line
		if m := hereDocument().FindStringSubmatch(current); m != nil {
			until = m[2]
		}
		out = append(out, current)
		current = ""
	}
	if current != "" {
		out = append(out, current)
	}
	return out
}

var hereDocument = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^(?i:RUN|COPY|ADD)\s.*<<-?(["']?)(\w+)`) })

type builder struct {
	args   map[string]string
	stages map[string]Image
	base   func(string) (Image, error)
	began  bool
	stage  string
	image  Image
}

func (b *builder) apply(name, rest string) error {
	switch name {
	case "RUN", "COPY", "ADD", "SHELL", "ONBUILD", "MAINTAINER": // nothing is run, no file is kept
		return nil
	case "CMD":
		b.image.Command = words(rest)
		return nil
	case "ENTRYPOINT":
		b.image.Entrypoint, b.image.Command = words(rest), nil
		return nil
	case "HEALTHCHECK":
		return b.health(rest)
	}
	rest = os.Expand(rest, b.value)
	switch name {
	case "ARG":
		for _, pair := range pairs(rest) {
			if _, given := b.args[pair[0]]; !given {
				b.args[pair[0]] = pair[1]
			}
		}
	case "FROM":
		return b.from(rest)
	case "ENV":
		for _, pair := range pairs(rest) {
			b.image.Env = append(slices.Clone(b.image.Env), pair[0]+"="+pair[1])
		}
	case "LABEL":
		labels := map[string]string{}
		for k, v := range b.image.Labels {
			labels[k] = v
		}
		for _, pair := range pairs(rest) {
			labels[pair[0]] = pair[1]
		}
		b.image.Labels = labels
	case "VOLUME":
		b.image.Config.Volumes = append(slices.Clone(b.image.Config.Volumes), list(rest)...)
	case "EXPOSE":
		for _, port := range list(rest) {
			if !strings.Contains(port, "/") {
				port += "/tcp"
			}
			b.image.Config.Ports = append(slices.Clone(b.image.Config.Ports), port)
		}
	case "USER":
		b.image.User = rest
	case "WORKDIR":
		b.image.WorkingDir = rest
	case "STOPSIGNAL":
		b.image.StopSignal = rest
	default:
		return errors.New("unknown instruction")
	}
	return nil
}

// value gives an argument or a variable of the image.
func (b *builder) value(name string) string {
	name, fallback, _ := strings.Cut(name, ":-")
	for _, e := range slices.Backward(b.image.Env) {
		if key, value, _ := strings.Cut(e, "="); key == name {
			return value
		}
	}
	if v := b.args[name]; v != "" {
		return v
	}
	return fallback
}

func (b *builder) from(rest string) error {
	fields := strings.Fields(rest)
	fields = slices.DeleteFunc(fields, func(f string) bool { return strings.HasPrefix(f, "--") })
	if len(fields) == 0 {
		return errors.New("names no image")
	}
	if b.began && b.stage != "" {
		b.stages[b.stage] = b.image
	}
	image, known := b.stages[fields[0]]
	if !known && fields[0] != "scratch" {
		var err error
		if image, err = b.base(fields[0]); err != nil {
			return err
		}
	}
	b.began, b.image, b.stage = true, image, ""
	if len(fields) == 3 && strings.EqualFold(fields[1], "as") {
		b.stage = fields[2]
	}
	return nil
}

// health reads HEALTHCHECK.
func (b *builder) health(rest string) (err error) {
	h := &adapter.ImageHealth{}
	for err == nil {
		word, after, _ := strings.Cut(strings.TrimSpace(rest), " ")
		key, value, _ := strings.Cut(word, "=")
		switch key {
		case "--interval":
			h.Interval, err = time.ParseDuration(value)
		case "--timeout":
			h.Timeout, err = time.ParseDuration(value)
		case "--start-period":
			h.StartPeriod, err = time.ParseDuration(value)
		case "--start-interval":
			h.StartInterval, err = time.ParseDuration(value)
		case "--retries":
			h.Retries, err = strconv.Atoi(value)
		case "NONE":
			h.Test = []string{"NONE"}
			b.image.Config.Healthcheck = h
			return nil
		case "CMD":
			after = strings.TrimSpace(after)
			if argv, ok := array(after); ok {
				h.Test = append([]string{"CMD"}, argv...)
			} else {
				h.Test = []string{"CMD-SHELL", after}
			}
			b.image.Config.Healthcheck = h
			return nil
		default:
			return fmt.Errorf("unknown option %q", word)
		}
		rest = after
	}
	return err
}

// words gives the words of CMD or ENTRYPOINT, whose other form is for a shell.
func words(rest string) []string {
	if argv, ok := array(rest); ok {
		return argv
	}
	return []string{"/bin/sh", "-c", rest}
}

// list gives the words of VOLUME or EXPOSE.
func list(rest string) []string {
	if argv, ok := array(rest); ok {
		return argv
	}
	return strings.Fields(rest)
}

func array(text string) (argv []string, ok bool) {
	ok = strings.HasPrefix(text, "[") && json.Unmarshal([]byte(text), &argv) == nil
	return argv, ok
}

var pairPattern = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`([^\s=]+)(?:=("(?:[^"\\]|\\.)*"|'[^']*'|\S*))?`) })

// pairs reads KEY=VALUE ..., and the older KEY VALUE.
func pairs(rest string) [][2]string {
	if key, value, found := strings.Cut(rest, " "); found && !strings.Contains(key, "=") && !strings.Contains(value, "=") {
		return [][2]string{{key, strings.TrimSpace(value)}}
	}
	var out [][2]string
	for _, m := range pairPattern().FindAllStringSubmatch(rest, -1) {
		value := m[2]
		switch {
		case strings.HasPrefix(value, `"`):
			if text, err := strconv.Unquote(value); err == nil {
				value = text
			}
		case strings.HasPrefix(value, "'"):
			value = strings.Trim(value, "'")
		}
		out = append(out, [2]string{m[1], value})
	}
	return out
}
