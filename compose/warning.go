package compose

import (
	"io"
	"regexp"
	"strings"
	"sync"

	"github.com/sirupsen/logrus"

	"github.com/hostwright/compose/translate/finding"
)

// logging guards logrus's one global logger, which compose-go writes its warnings to.
var logging sync.Mutex

// recorded collects what is logged while it is hooked in.
type recorded struct{ messages []string }

func (*recorded) Levels() []logrus.Level { return logrus.AllLevels }

func (r *recorded) Fire(e *logrus.Entry) error {
	if e.Level <= logrus.WarnLevel {
		r.messages = append(r.messages, e.Message)
	}
	return nil
}

// recording runs do and gives the warnings that compose-go logged meanwhile, which are then not printed.
func recording(do func()) []string {
	logging.Lock()
	defer logging.Unlock()
	log := logrus.StandardLogger()
	r := &recorded{}
	out := log.Out
	hooks := log.ReplaceHooks(logrus.LevelHooks{})
	log.SetOutput(io.Discard)
	log.AddHook(r)
	defer func() {
		log.ReplaceHooks(hooks)
		log.SetOutput(out)
	}()
	do()
	return r.messages
}

var unsetVariable = regexp.MustCompile(`^The "([^"]+)" variable is not set`)

// obsoleteVersion is what compose-go says about a "version" attribute, once per file and process. It is made here
// instead, for each load, with its place.
const obsoleteVersion = "the attribute `version` is obsolete"

// warnings makes findings of logged messages, each once.
func (l *loading) warnings(messages []string) finding.List {
	var out finding.List
	for _, m := range messages {
		if strings.Contains(m, obsoleteVersion) {
			continue
		}
		f := finding.Finding{Severity: finding.Warning, Message: m}
		if name := unsetVariable.FindStringSubmatch(m); name != nil {
			f.Position = l.variable(name[1])
			f.Hint = "set it in the environment or in .env, or give a default: ${" + name[1] + ":-value}"
		}
		out = append(out, f)
	}
	for _, file := range l.details.ConfigFiles {
		own := newIndex()
		if own.add(file.Filename, l.details.WorkingDir, file.Content) != nil || !own.has("version") {
			continue
		}
		out = append(out, finding.Finding{
			Severity: finding.Note, Path: "version", Position: own.at["version"],
			Message: obsoleteVersion + ", it will be ignored, please remove it to avoid potential confusion",
		})
	}
	return out.Sorted()
}

// variable finds the first line that uses a variable. Comments and escaped dollars may mislead it; that costs a wrong
// line in a warning.
func (l *loading) variable(name string) finding.Position {
	use := regexp.MustCompile(`\$(?:` + regexp.QuoteMeta(name) + `\b|\{` + regexp.QuoteMeta(name) + `[^A-Za-z0-9_])`)
	for _, file := range l.details.ConfigFiles {
		for n, line := range strings.Split(string(file.Content), "\n") {
			text, _, _ := strings.Cut(line, " #")
			if at := use.FindStringIndex(text); at != nil && !strings.HasPrefix(strings.TrimSpace(line), "#") {
				return finding.Position{File: shown(file.Filename), Line: n + 1, Column: at[0] + 1}
			}
		}
	}
	return finding.Position{}
}
