package e2e

import (
	"os"

	"github.com/rogpeppe/go-internal/testscript"
)

// allThrough tells whether all commands shall go through hostwrightd: HOSTWRIGHT_E2E_DAEMON=on.
func allThrough() bool { return os.Getenv("HOSTWRIGHT_E2E_DAEMON") == "on" }

// eitherWay makes the commands of an environment go through hostwrightd where all shall.
func eitherWay(environ []string) []string {
	if allThrough() {
		return append(environ, "HOSTWRIGHT_DAEMON=on")
	}
	return environ
}

// throughDaemon makes the commands of a script go through hostwrightd.
func throughDaemon(env *testscript.Env) error {
	env.Setenv("HOSTWRIGHT_DAEMON", "on")
	return nil
}

// alwaysThroughDaemon are the scripts that every run takes both ways.
var alwaysThroughDaemon = []string{
	"build/state_left_out", "commands/kill_rm", "commands/scale_create", "errors/state", "foreground/codes",
	"look/short_lived", "run/beside", "up/data_stays", "up/foreign", "width/depends", "width/files",
}

// Why a script is only run without hostwrightd.
const (
	switches = "it changes the stand-in's switches (STANDIN_*) from one command to the next, and hostwrightd keeps those that it was started with"
	counts   = "it counts the runtime calls of a command, and hostwrightd's own looks are among them"
)

// onlyWithout are the scripts that are about commands without hostwrightd, and why.
var onlyWithout = map[string]string{
	"badday/names_dead":   switches,
	"badday/no_kernel":    switches,
	"badday/ports_reset":  switches,
	"commands/stop_start": counts,
	"errors/hung":         switches,
	"errors/runtime":      switches,
	"up/oneshot":          counts,
	"up/twice":            counts,
}
