//go:build linux

package main

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"
	"time"
)

// badDayVariable holds the troubles of a call, separated by commas or blanks; the file badDayFile in the root holds more of
// them, for all calls of all processes until it is removed.
const (
	badDayVariable = "STANDIN_BAD_DAY"
	badDayFile     = "bad-day"
)

// trouble is one thing that is wrong on this Mac: the runtime works, but not as well as on other days (docs/stand-in.md).
type trouble string

// The troubles. The first six are seen when a container is created or started, the others when the call is made.
const (
	troubleNoChown      trouble = "no-chown"       // binds are shared as virtiofs shares them, and refuse chown and chmod
	troubleNoFileEvents trouble = "no-file-events" // binds are shared, and tell nothing of changes on the host
	troubleDNSDead      trouble = "dns-dead"       // nothing answers at the gateways
	troublePortsReset   trouble = "ports-reset"    // published ports accept, then reset: the Local Network permission is missing
	troubleNoRosetta    trouble = "no-rosetta"     // every build fails, unless config.toml has rosetta = false
	troubleNoKernel     trouble = "no-kernel"      // no default kernel is configured
	troubleOldMacOS     trouble = "macos-15"       // only the default network
	troubleNewSubnets   trouble = "new-subnets"    // `system start` gives networks without a pinned subnet another one
	troubleListLags     trouble = "list-lags"      // `list` lacks a container for a while after its create: list-lags=2s
	troubleCopyHangs    trouble = "copy-hangs"     // `copy` hangs, and with it what else is asked of that container
)

// listLag is how long a listing lacks a new container when list-lags has no duration.
const listLag = time.Second

var troubles = []trouble{
	troubleNoChown, troubleNoFileEvents, troubleDNSDead, troublePortsReset, troubleNoRosetta, troubleNoKernel, troubleOldMacOS,
	troubleNewSubnets, troubleListLags, troubleCopyHangs,
}

// badDay is what is wrong on this Mac.
type badDay struct {
	on  map[trouble]bool
	lag time.Duration
}

func (d badDay) has(t trouble) bool { return d.on[t] }

// parseBadDay reads the words of the variable or the file.
func parseBadDay(text string) (badDay, error) {
	day := badDay{on: map[trouble]bool{}, lag: listLag}
	for _, word := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(", \t\n", r) }) {
		name, argument, given := strings.Cut(word, "=")
		if !slices.Contains(troubles, trouble(name)) {
			return day, fmt.Errorf("%s: unknown trouble %q; there are %s", badDayVariable, name, troubleNames())
		}
		if given && trouble(name) != troubleListLags {
			return day, fmt.Errorf("%s: %s takes no value", badDayVariable, name)
		}
		if given {
			lag, err := time.ParseDuration(argument)
			if err != nil || lag <= 0 {
				return day, fmt.Errorf("%s: list-lags needs a duration, as in list-lags=2s", badDayVariable)
			}
			day.lag = lag
		}
		day.on[trouble(name)] = true
	}
	return day, nil
}

func troubleNames() string {
	names := make([]string, len(troubles))
	for i, each := range troubles {
		names[i] = string(each)
	}
	return strings.Join(names, ", ")
}

// readBadDay joins the troubles of the environment with those of the root.
func (c *call) readBadDay() error {
	day, err := parseBadDay(c.environment(badDayVariable))
	if err != nil {
		return err
	}
	data, err := os.ReadFile(c.store.path(badDayFile))
	if errors.Is(err, fs.ErrNotExist) {
		c.day = day
		return nil
	}
	if err != nil {
		return fmt.Errorf("read the root's troubles: %w", err)
	}
	ofRoot, err := parseBadDay(string(data))
	if err != nil {
		return fmt.Errorf("%s: %w", c.store.path(badDayFile), err)
	}
	maps.Copy(day.on, ofRoot.on)
	day.lag = max(day.lag, ofRoot.lag)
	c.day = day
	return nil
}
