package main

import (
	"fmt"
	"regexp"
	"strings"
)

var (
	timeStamp = regexp.MustCompile(`\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z| ?[+-]\d\d:?\d\d( UTC)?)?`)
	age       = regexp.MustCompile(`\b(Less than a second|About a (minute|an hour)|(\d+|a|an) (seconds?|minutes?|hours?))( ago)?\b`)
	oneOff    = regexp.MustCompile(`(-run-)[0-9a-f]{12}\b`)
	digest    = regexp.MustCompile(`sha256:[0-9a-f]{64}`)
	longID    = regexp.MustCompile(`\b[0-9a-f]{64}\b`)
)

// plain takes out of a text what cannot agree: folders, the unique part of names, ids, times, free ports.
func (s *side) plain(text string) string {
	text = strings.ReplaceAll(text, s.dir, "PROJECT")
	text = strings.ReplaceAll(text, s.environ["HOME"], "HOME")
	for id, name := range s.ids { // the runtime's only id is the name
		text = strings.ReplaceAll(text, id, name)
		text = strings.ReplaceAll(text, id[:12], name)
	}
	for i, name := range s.oneOffs {
		text = strings.ReplaceAll(text, name, oneOff.ReplaceAllString(name, "${1}"+fmt.Sprint(i+1)))
	}
	text = strings.ReplaceAll(text, "-"+s.unique, "")
	text = strings.ReplaceAll(text, s.unique, "UNIQUE")
	for _, name := range s.ports {
		port := regexp.MustCompile(`\b` + s.environ[name] + `\b`)
		text = port.ReplaceAllString(text, name)
	}
	for _, port := range s.ephemeral {
		text = regexp.MustCompile(fmt.Sprintf(`\b%d\b`, port)).ReplaceAllString(text, "EPHEMERAL")
	}
	text = timeStamp.ReplaceAllString(text, "TIME")
	text = age.ReplaceAllString(text, "AGE")
	text = digest.ReplaceAllString(text, "DIGEST")
	text = oneOff.ReplaceAllString(text, "${1}ID")
	return longID.ReplaceAllString(text, "ID")
}
