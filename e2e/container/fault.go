//go:build linux

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// callsFile counts the calls of a STANDIN_ROOT while STANDIN_FAULT is set; removing it starts the count anew.
const callsFile = "calls.json"

// faultAction is what a rule does.
type faultAction string

// The actions. "before" means that the call has no effect; "after", that it had its effect, and the caller never hears of it.
const (
	faultFail       faultAction = "fail"        // exit 1 with an error text, no effect
	faultFailAfter  faultAction = "fail-after"  // the effect, then exit 1 with an error text
	faultDelay      faultAction = "delay"       // wait, then go on
	faultHang       faultAction = "hang"        // never end, no effect
	faultHangAfter  faultAction = "hang-after"  // the effect, then never end
	faultKillBefore faultAction = "kill-before" // SIGKILL the victim, no effect
	faultKillAfter  faultAction = "kill-after"  // the effect, then SIGKILL the victim
)

// faultRule is one rule of STANDIN_FAULT: [COMMAND@]N:ACTION[=ARGUMENT].
type faultRule struct {
	command string // words of the command line, "start" or "network create"; "" is every call
	nth     int    // counted from 1 among the calls of that command; 0 is every one
	action  faultAction
	delay   time.Duration
	text    string // of fail
}

// parseFaults reads rules separated by ";".
func parseFaults(text string) ([]faultRule, error) {
	var rules []faultRule
	for part := range strings.SplitSeq(text, ";") {
		if strings.TrimSpace(part) == "" {
			continue
		}
		rule, err := parseFault(strings.TrimSpace(part))
		if err != nil {
			return nil, fmt.Errorf("STANDIN_FAULT: rule %q: %w", part, err)
		}
		rules = append(rules, rule)
	}
	return rules, nil
}

func parseFault(text string) (faultRule, error) {
	var rule faultRule
	when, action, found := strings.Cut(text, ":")
	if !found {
		return rule, errors.New("want [COMMAND@]N:ACTION")
	}
	if command, count, found := strings.Cut(when, "@"); found {
		rule.command, when = strings.Join(strings.Fields(command), " "), count
	}
	if when != "*" {
		nth, err := strconv.Atoi(when)
		if err != nil || nth < 1 {
			return rule, errors.New("the number of the call is 1 or more, or *")
		}
		rule.nth = nth
	}
	name, argument, _ := strings.Cut(action, "=")
	rule.action = faultAction(name)
	switch rule.action {
	case faultDelay:
		delay, err := time.ParseDuration(argument)
		if err != nil || delay < 0 {
			return rule, errors.New("delay needs a duration, as in delay=200ms")
		}
		rule.delay = delay
	case faultFail, faultFailAfter:
		rule.text = argument
		if argument == "" {
			rule.text = `internalError: "fault injected by STANDIN_FAULT"`
		}
	case faultHang, faultHangAfter, faultKillBefore, faultKillAfter:
		if argument != "" {
			return rule, fmt.Errorf("%s takes no argument", name)
		}
	default:
		return rule, fmt.Errorf("unknown action %q", name)
	}
	return rule, nil
}

// hits says whether the rule is for a call of these words, given how many calls of each command there have been.
func (r faultRule) hits(words []string, counts map[string]int) bool {
	if r.command != "" && !hasPrefix(words, strings.Fields(r.command)) {
		return false
	}
	return r.nth == 0 || counts[r.command] == r.nth
}

func hasPrefix(words, prefix []string) bool {
	if len(words) < len(prefix) {
		return false
	}
	for i, word := range prefix {
		if words[i] != word {
			return false
		}
	}
	return true
}

// countedNames are the names under which a call is counted: all calls, its first word, its first two words.
func countedNames(argv []string) []string {
	names := []string{""}
	for i := range min(2, len(argv)) {
		if strings.HasPrefix(argv[i], "-") {
			break
		}
		names = append(names, strings.Join(argv[:i+1], " "))
	}
	return names
}

// countCall adds this call to the root's counts and gives them.
func countCall(s *store, argv []string) (map[string]int, error) {
	lock, err := lockFolder(s.path(callsFile + ".lock"))
	if err != nil {
		return nil, err
	}
	defer lock.Close()
	counts := map[string]int{}
	data, err := os.ReadFile(s.path(callsFile))
	if err == nil {
		err = json.Unmarshal(data, &counts)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("count calls: %w", err)
	}
	for _, name := range countedNames(argv) {
		counts[name]++
	}
	if data, err = json.Marshal(counts); err != nil {
		return nil, fmt.Errorf("count calls: %w", err)
	}
	return counts, writeByRename(s.path(callsFile), data)
}

// faults gives the rules of STANDIN_FAULT that are for this call.
func (c *call) faults() ([]faultRule, error) {
	text := c.environment("STANDIN_FAULT")
	if text == "" {
		return nil, nil
	}
	rules, err := parseFaults(text)
	if err != nil {
		return nil, err
	}
	counts, err := countCall(c.store, c.argv)
	if err != nil {
		return nil, err
	}
	var mine []faultRule
	for _, rule := range rules {
		if rule.hits(c.argv, counts) {
			mine = append(mine, rule)
		}
	}
	return mine, nil
}

// faultBefore carries out what comes before the call's effect. A non-nil error ends the call.
func (c *call) faultBefore(rules []faultRule) error {
	for _, rule := range rules {
		switch rule.action {
		case faultDelay:
			time.Sleep(rule.delay)
		case faultHang:
			select {}
		case faultFail:
			return errors.New(rule.text)
		case faultKillBefore:
			if err := c.killVictim(); err != nil {
				return err
			}
			return exitStatus(1)
		}
	}
	return nil
}

// faultAfter carries out what comes after the call's effect.
func (c *call) faultAfter(rules []faultRule) error {
	for _, rule := range rules {
		switch rule.action {
		case faultHangAfter:
			select {}
		case faultFailAfter:
			return errors.New(rule.text)
		case faultKillAfter:
			if err := c.killVictim(); err != nil {
				return err
			}
		}
	}
	return nil
}

// killVictim sends SIGKILL to the process in the file STANDIN_FAULT_PIDFILE, else to the caller.
func (c *call) killVictim() error {
	victim := os.Getppid()
	if file := c.environment("STANDIN_FAULT_PIDFILE"); file != "" {
		data, err := os.ReadFile(file)
		if err != nil {
			return fmt.Errorf("STANDIN_FAULT_PIDFILE: %w", err)
		}
		if victim, err = strconv.Atoi(strings.TrimSpace(string(data))); err != nil {
			return fmt.Errorf("STANDIN_FAULT_PIDFILE: %w", err)
		}
	}
	if victim <= 1 {
		return fmt.Errorf("STANDIN_FAULT: no process to kill (pid %d)", victim)
	}
	if err := unix.Kill(victim, unix.SIGKILL); err != nil && !errors.Is(err, unix.ESRCH) {
		return fmt.Errorf("STANDIN_FAULT: kill %d: %w", victim, err)
	}
	return nil
}
