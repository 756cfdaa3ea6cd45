package cli

import (
	"fmt"

	"github.com/spf13/pflag"
)

// upOptions are the flags of "up".
type upOptions struct {
	detach, wait, noStart                  bool
	waitTimeout, timeout                   int
	build, noBuild, forceRecreate          bool
	noRecreate, recreateDeps               bool
	renewAnonymous, noDeps, removeOrphans  bool
	quietPull, quietBuild                  bool
	pull                                   string
	scale                                  []string
	abortOnExit, abortOnFailure            bool
	exitCodeFrom                           string
	attach, noAttach                       []string
	attachDependencies, watch, menu        bool
	noColour, noLogPrefix, timestamps, yes bool
	changed                                func(flag string) bool
}

// addFlags adds the flags that make the goal: "plan up" has them too.
func (o *upOptions) addFlags(f *pflag.FlagSet) {
	f.BoolVar(&o.wait, "wait", false, "Wait for services to be running or healthy; implies --detach")
	f.IntVar(&o.waitTimeout, "wait-timeout", 0, "Most seconds to wait, 0 for ever")
	f.IntVarP(&o.timeout, "timeout", "t", 0, "Seconds between stop signal and kill (default: each service's own)")
	f.BoolVar(&o.build, "build", false, "Build images before starting containers")
	f.BoolVar(&o.noBuild, "no-build", false, "Never build an image")
	f.StringVar(&o.pull, "pull", "policy", "Pull images before running (always, missing, never, build)")
	f.BoolVar(&o.forceRecreate, "force-recreate", false, "Recreate containers even if nothing changed")
	f.BoolVar(&o.noRecreate, "no-recreate", false, "Keep containers that exist, even if they differ")
	f.BoolVar(&o.recreateDeps, "always-recreate-deps", false, "Recreate dependencies too")
	f.BoolVarP(&o.renewAnonymous, "renew-anon-volumes", "V", false, "Do not take over data of anonymous volumes")
	f.BoolVar(&o.noDeps, "no-deps", false, "Leave services out that the named ones depend on")
	f.BoolVar(&o.noStart, "no-start", false, "Create containers, do not start them")
	f.StringArrayVar(&o.scale, "scale", nil, "Replicas of a service, SERVICE=NUM; overrides the file")
	f.BoolVar(&o.removeOrphans, "remove-orphans", false, "Remove containers of services that are not declared")
}

// addDetachedFlags adds the flags about how "up" itself runs.
func (o *upOptions) addDetachedFlags(f *pflag.FlagSet) {
	f.BoolVarP(&o.detach, "detach", "d", false, "Leave the containers running in the background")
	f.BoolVar(&o.quietPull, "quiet-pull", false, "Pull without progress")
	f.BoolVar(&o.quietBuild, "quiet-build", false, "Build without the builder's log")
	f.BoolVarP(&o.yes, "yes", "y", false, "Say yes to all questions (there are none)")
	// What follows is about "up" in the foreground.
	f.BoolVar(&o.abortOnExit, "abort-on-container-exit", false, "Stop all containers when one exits")
	f.BoolVar(&o.abortOnFailure, "abort-on-container-failure", false, "Stop all containers when one fails")
	f.StringVar(&o.exitCodeFrom, "exit-code-from", "", "Exit with the code of this service's container")
	f.StringArrayVar(&o.attach, "attach", nil, "Attach to these services only")
	f.StringArrayVar(&o.noAttach, "no-attach", nil, "Do not attach to these services")
	f.BoolVar(&o.attachDependencies, "attach-dependencies", false, "Attach to dependencies too")
	f.BoolVar(&o.noColour, "no-color", false, "Logs without colours")
	f.BoolVar(&o.noLogPrefix, "no-log-prefix", false, "Logs without prefix")
	f.BoolVar(&o.timestamps, "timestamps", false, "Logs with times")
	f.BoolVar(&o.menu, "menu", false, "Keys at the bottom of the screen")
	f.BoolVarP(&o.watch, "watch", "w", false, "Watch the sources and update containers")
}

// read remembers which flags were given.
func (o *upOptions) read(f *pflag.FlagSet) { o.changed = f.Changed }

func (o *upOptions) given(flag string) bool { return o.changed != nil && o.changed(flag) }

// check refuses what contradicts itself, in Docker Compose's words, before anything is loaded.
func (o *upOptions) check() error {
	cascade := o.abortOnExit || o.abortOnFailure || o.exitCodeFrom != ""
	foreground := cascade || len(o.attach) > 0 || o.attachDependencies || o.watch
	const pairs = " cannot be combined with --abort-on-container-exit, --abort-on-container-failure, --exit-code-from, " +
		"--attach, --attach-dependencies or --watch"
	switch {
	case o.abortOnExit && o.abortOnFailure:
		return &usageError{message: "--abort-on-container-failure cannot be combined with --abort-on-container-exit"}
	case o.wait && foreground:
		return &usageError{message: "--wait" + pairs}
	case o.detach && foreground:
		return &usageError{message: "--detach" + pairs}
	}
	if err := o.checkGoal(); err != nil {
		return err
	}
	if o.noBuild && o.watch {
		return &usageError{message: "--no-build and --watch are incompatible"}
	}
	if !o.attached() {
		return nil
	}
	switch {
	case o.watch:
		return &usageError{message: "up --watch is not supported: " + notYet, hint: "`up -d --build` after a change does once what it does again and again"}
	case o.menu:
		return &usageError{message: "up --menu is not supported: there are no keys besides Ctrl-C", hint: "`up -d` leaves the containers running, `logs -f` follows them"}
	case len(o.attach) > 0 && o.attachDependencies:
		return &usageError{message: "cannot combine --attach and --attach-dependencies"}
	}
	return nil
}

// attached tells whether "up" stays with its containers.
func (o *upOptions) attached() bool { return !o.detach && !o.wait && !o.noStart }

// checkGoal checks the flags that "plan up" has too.
func (o *upOptions) checkGoal() error {
	for _, pair := range []struct {
		both bool
		a, b string
	}{
		{o.build && o.noBuild, "--build", "--no-build"},
		{o.renewAnonymous && o.noRecreate, "--no-recreate", "--renew-anon-volumes"},
		{o.forceRecreate && o.noRecreate, "--force-recreate", "--no-recreate"},
		{o.recreateDeps && o.noRecreate, "--always-recreate-deps", "--no-recreate"},
		{o.noStart && o.wait, "--no-start", "--wait"},
	} {
		if pair.both {
			return &usageError{message: fmt.Sprintf("%s and %s are incompatible", pair.a, pair.b)}
		}
	}
	switch {
	case o.waitTimeout < 0:
		return &usageError{message: "--wait-timeout must be a non-negative integer"}
	case o.timeout < 0:
		return &usageError{message: "--timeout must be a non-negative integer"}
	}
	switch o.pull {
	case "policy", "always", "missing", "never", "build", "if_not_present":
		return nil
	}
	return &usageError{message: fmt.Sprintf("invalid --pull option %q", o.pull), hint: "one of always, missing, never, build, policy"}
}

// pullPolicy is what replaces every service's pull_policy, "" for nothing.
func (o *upOptions) pullPolicy() string {
	switch o.pull {
	case "policy":
		return ""
	case "if_not_present":
		return "missing"
	}
	return o.pull
}
