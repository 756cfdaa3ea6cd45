package daemon

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"

	"github.com/hostwright/compose/ledger/statedir"
)

// serviceLabel names hostwrightd to launchd; serviceUnit to systemd.
const (
	serviceLabel = "dev.hostwright.compose.hostwrightd"
	serviceUnit  = "hostwrightd.service"
)

// ServiceVariables are the variables of the environment that hostwrightd keeps when it is started at login: where the
// runtime's command is, and which runtime and engine are meant. No credential is among them.
var ServiceVariables = []string{"PATH", RuntimeVariable, TimeoutVariable}

// Service is hostwrightd as the system's service manager starts it at login.
type Service struct {
	// Path is the file that describes it, and Text what is in it.
	Path, Text string
	load, drop [][]string // commands that make the service manager read it, or forget it
}

// NewService describes hostwrightd for this system: a launchd agent on macOS, a systemd user unit elsewhere.
func NewService(home string, state statedir.Dir, program string, environment []string) Service {
	environment = append([]string{"HOSTWRIGHT_STATE_DIR=" + string(state)}, environment...)
	if runtime.GOOS == "darwin" {
		path := filepath.Join(home, "Library", "LaunchAgents", serviceLabel+".plist")
		domain := "gui/" + strconv.Itoa(os.Getuid())
		return Service{
			Path: path, Text: launchdAgent(program, environment, filepath.Join(state.Daemon(), "stderr")),
			load: [][]string{{"launchctl", "bootstrap", domain, path}},
			drop: [][]string{{"launchctl", "bootout", domain + "/" + serviceLabel}},
		}
	}
	return Service{
		Path: filepath.Join(home, ".config", "systemd", "user", serviceUnit), Text: systemdUnit(program, environment),
		load: [][]string{{"systemctl", "--user", "daemon-reload"}, {"systemctl", "--user", "enable", "--now", serviceUnit}},
		drop: [][]string{{"systemctl", "--user", "disable", "--now", serviceUnit}},
	}
}

// Install writes the file and has the service manager start hostwrightd. When that fails the file is taken away again.
func (s Service) Install(ctx context.Context) error {
	if err := os.MkdirAll(filepath.Dir(s.Path), 0o755); err != nil {
		return fmt.Errorf("install hostwrightd: %w", err)
	}
	if _, err := os.Stat(s.Path); err == nil {
		_ = runAll(ctx, s.drop) // an older one; launchd does not take a second of the same name
	}
	if err := statedir.WriteFile(s.Path, []byte(s.Text), 0o600); err != nil {
		return fmt.Errorf("install hostwrightd: %w", err)
	}
	if err := runAll(ctx, s.load); err != nil {
		return errors.Join(fmt.Errorf("install hostwrightd: %w", err), os.Remove(s.Path))
	}
	return nil
}

// Uninstall has the service manager forget hostwrightd and removes the file; it tells whether there was one.
func (s Service) Uninstall(ctx context.Context) (bool, error) {
	if _, err := os.Stat(s.Path); errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	failed := runAll(ctx, s.drop)
	if err := os.Remove(s.Path); err != nil {
		return true, fmt.Errorf("uninstall hostwrightd: %w", errors.Join(failed, err))
	}
	return true, failed
}

func runAll(ctx context.Context, commands [][]string) error {
	for _, argv := range commands {
		out, err := exec.CommandContext(ctx, argv[0], argv[1:]...).CombinedOutput()
		if err != nil {
			return fmt.Errorf("%s: %w: %s", strings.Join(argv, " "), err, bytes.TrimSpace(out))
		}
	}
	return nil
}

// launchdAgent is the agent's property list (launchd.plist(5)). Recorders stay when hostwrightd goes, and one that
// leaves because nothing is left to watch is not started again; AbandonProcessGroup and KeepAlive say so.
func launchdAgent(program string, environment []string, words string) string {
	var b strings.Builder
	b.WriteString(`<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
	<key>Label</key><string>` + serviceLabel + `</string>
	<key>ProgramArguments</key>
	<array><string>` + xmlText(program) + `</string><string>serve</string></array>
	<key>EnvironmentVariables</key>
	<dict>
`)
	for _, e := range environment {
		name, value, _ := strings.Cut(e, "=")
		b.WriteString("\t\t<key>" + xmlText(name) + "</key><string>" + xmlText(value) + "</string>\n")
	}
	b.WriteString(`	</dict>
	<key>RunAtLoad</key><true/>
	<key>KeepAlive</key>
	<dict><key>SuccessfulExit</key><false/></dict>
	<key>AbandonProcessGroup</key><true/>
	<key>ProcessType</key><string>Background</string>
	<key>StandardErrorPath</key><string>` + xmlText(words) + `</string>
</dict>
</plist>
`)
	return b.String()
}

func xmlText(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s))
	return b.String()
}

// systemdUnit is the user unit (systemd.service(5)). KillMode=process leaves the recorders alone.
func systemdUnit(program string, environment []string) string {
	var b strings.Builder
	b.WriteString("[Unit]\nDescription=Hostwright compose: watches running projects\n\n[Service]\nExecStart=" + strings.ReplaceAll(systemdWord(program), "$", "$$") + " serve\n")
	for _, e := range environment {
		b.WriteString("Environment=" + systemdWord(e) + "\n")
	}
	b.WriteString("KillMode=process\nRestart=on-failure\n\n[Install]\nWantedBy=default.target\n")
	return b.String()
}

// systemdWord quotes a word: backslashes and quotes are escaped, % is doubled. Only in a command a $ means something.
func systemdWord(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, `%`, `%%`).Replace(s) + `"`
}
