//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/hostwright/compose/e2e/container/argv"
)

const serverName = "container-apiserver"

type versionInfo struct {
	AppName   string `json:"appName"`
	BuildType string `json:"buildType"`
	Commit    string `json:"commit"`
	Version   string `json:"version"`
}

// versions gives the client's version and, when the services answer, the server's. The two differ in form up to 1.3.1.
func (c *call) versions() []versionInfo {
	infos := []versionInfo{{AppName: "container", BuildType: "release", Commit: buildCommit[:7], Version: c.version.String()}}
	if !c.down() {
		infos = append(infos, versionInfo{AppName: serverName, BuildType: "release", Commit: buildCommit, Version: c.server.serverSentence()})
	}
	return infos
}

func (c *call) systemVersion(format string) error {
	infos := c.versions()
	rows := [][]string{{"COMPONENT", "VERSION", "BUILD", "COMMIT"}}
	for _, info := range infos {
		rows = append(rows, []string{info.AppName, info.Version, info.BuildType, info.Commit})
	}
	return c.emitList(format, false, infos, nil, rows)
}

// flatStatus is `system status --format json` up to 1.3.1.
type flatStatus struct {
	AppName     string `json:"apiServerAppName"`
	Build       string `json:"apiServerBuild"`
	Commit      string `json:"apiServerCommit"`
	Version     string `json:"apiServerVersion"`
	AppRoot     string `json:"appRoot"`
	InstallRoot string `json:"installRoot"`
	Status      string `json:"status"`
}

// nestedStatus is the same from 1.4.1; only status is there while the services are stopped.
type nestedStatus struct {
	Status    string           `json:"status"`
	Client    *componentStatus `json:"client,omitempty"`
	Host      *hostStatus      `json:"host,omitempty"`
	Paths     *pathStatus      `json:"paths,omitempty"`
	Resources *resourceStatus  `json:"resources,omitempty"`
	Server    *componentStatus `json:"server,omitempty"`
}

type componentStatus struct {
	AppName string `json:"appName"`
	Build   string `json:"build"`
	Commit  string `json:"commit"`
	Version string `json:"version"`
}

type hostStatus struct {
	Architecture    string `json:"architecture"`
	CPUs            int    `json:"cpus"`
	OperatingSystem string `json:"operatingSystem"`
}

type pathStatus struct {
	AppRoot     string `json:"appRoot"`
	InstallRoot string `json:"installRoot"`
}

type resourceStatus struct {
	ContainersRunning int `json:"containersRunning"`
	ContainersTotal   int `json:"containersTotal"`
	Images            int `json:"images"`
}

// systemStatus prints whether the services run; exit 1 when they do not, with the JSON on stdout all the same. An engine
// that does not answer counts as services that do not run.
func (c *call) systemStatus(format string) error {
	shown := managedListing{}
	var err error
	running := !c.down()
	if running {
		shown, err = c.managed()
		if errors.Is(err, errDaemonDown) {
			running, err = false, nil
		}
		if err != nil {
			return err
		}
	}
	status := "unregistered"
	if running {
		status = "running"
	}
	err = c.emitList(format, false, c.statusBody(status, running, shown), nil, c.statusRows(status, running))
	if err == nil && !running {
		return exitStatus(1)
	}
	return err
}

func (c *call) statusRows(status string, running bool) [][]string {
	if !running {
		return [][]string{{"apiserver is not running and not registered with launchd"}}
	}
	return [][]string{
		{"FIELD", "VALUE"}, {"status", status}, {"appRoot", c.appRoot() + "/"}, {"installRoot", installRoot() + "/"},
		{"apiserver.version", c.server.serverSentence()}, {"apiserver.commit", buildCommit}, {"apiserver.build", "release"},
	}
}

func (c *call) statusBody(status string, running bool, shown managedListing) any {
	if !c.version.atLeast(1, 4, 0) {
		if !running {
			return flatStatus{Status: status}
		}
		return flatStatus{
			AppName: serverName, Build: "release", Commit: buildCommit, Version: c.server.serverSentence(),
			AppRoot: c.appRoot() + "/", InstallRoot: installRoot() + "/", Status: status,
		}
	}
	if !running {
		return nestedStatus{Status: status}
	}
	system := "Linux (stand-in)"
	if c.day.has(troubleOldMacOS) {
		system = "Version 15.6 (Build 24G84)"
	}
	body := nestedStatus{
		Status: status,
		Client: &componentStatus{"container", "release", buildCommit[:7], c.version.String()},
		Server: &componentStatus{serverName, "release", buildCommit, c.server.serverSentence()},
		Paths:  &pathStatus{AppRoot: c.appRoot() + "/", InstallRoot: installRoot() + "/"},
		Resources: &resourceStatus{
			ContainersRunning: shown.running(), ContainersTotal: len(shown.containers), Images: shown.images,
		},
		Host: &hostStatus{Architecture: runtime.GOARCH, CPUs: runtime.NumCPU(), OperatingSystem: system},
	}
	if facts, err := c.host(); err == nil {
		body.Host.Architecture, body.Host.CPUs = facts.Architecture, facts.CPUs
	}
	return body
}

// installRoot is the parent of the folder that this program lies in, as the runtime reckons it.
func installRoot() string {
	self, err := os.Executable()
	if err != nil {
		return "/usr/local"
	}
	return filepath.Dir(filepath.Dir(self))
}

// systemStart registers the services; it is idempotent.
func (c *call) systemStart() error {
	if c.environment("STANDIN_DOWN") != "" {
		return fail(codeInternalError, "the services cannot start: STANDIN_DOWN is set")
	}
	if !c.down() {
		c.log("container system services are already running")
		return nil
	}
	c.log("Launching container-apiserver...")
	if err := c.adoptConfig(); err != nil {
		return err
	}
	if c.day.has(troubleNewSubnets) {
		if err := c.store.update(c.renewSubnets); err != nil {
			return err
		}
	}
	if err := removeIfThere(c.store.path(downFile)); err != nil {
		return err
	}
	c.log("Testing access to container-apiserver...")
	c.log("Verifying apiserver is running...")
	return nil
}

// systemStop stops all containers at once, 5 seconds each, in no order, and unregisters the services. No container has a
// start date afterwards. Its log goes to stdout, with times.
func (c *call) systemStop() error {
	say := func(text string) { c.print(time.Now().UTC().Format("2006-01-02T15:04:05.000Z") + " " + text) }
	if c.down() {
		say("container-apiserver is not running")
		return nil
	}
	shown, err := c.managed()
	if err != nil {
		return err
	}
	var ids []string
	for _, each := range shown.containers {
		ids = append(ids, each.ID)
	}
	say("stopping containers")
	for _, result := range c.stopEach(ids, stopRequest{seconds: 5}) {
		if result != nil {
			say("failed to stop container: " + result.Error())
		}
	}
	say("stopping service")
	err = c.store.update(func(tx *transaction) error {
		for _, record := range tx.state.Containers {
			record.StartedDate = nil
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := os.WriteFile(c.store.path(downFile), nil, 0o600); err != nil {
		return fmt.Errorf("stop services: %w", err)
	}
	return nil
}

// crash plays a crash of the apiserver, which launchd restarts at once: the VMs go on, but every container is shown stopped,
// without a start date, and only delete ends it (reference 5.2).
func (c *call) crash() error {
	docker, err := c.dockerContainers()
	if err != nil {
		return err
	}
	return c.store.update(func(tx *transaction) error {
		for _, record := range tx.state.Containers {
			record.StartedDate = nil
			record.Orphaned = docker[record.DockerID].State == dockerRunning
		}
		return nil
	})
}

func (c *call) systemCommand() *argv.Command {
	run := func(f func(*argv.Invocation) error) func(context.Context, *argv.Invocation) error {
		return func(_ context.Context, in *argv.Invocation) error { return f(in) }
	}
	prefix := argv.Option{Names: []string{"p", "prefix"}, Default: "com.apple.container.", Help: "Launchd prefix for services"}
	start := &argv.Command{
		Name: "start", Abstract: "Start `container` services",
		Options: []argv.Option{
			{Names: []string{"a", "app-root"}, Help: "Path to the root directory for application data"},
			{Names: []string{"install-root"}, Help: "Path to the root directory for application executables and plugins"},
			{Names: []string{"log-root"}, Help: "Path to the root directory for log data"},
			{Names: []string{"enable-kernel-install"}, Kind: argv.Flag, Help: "Install the default kernel without asking"},
			{Names: []string{"disable-kernel-install"}, Kind: argv.Flag, Help: "Do not install the default kernel"},
			{Names: []string{"timeout"}, Kind: argv.Int64, Help: "Seconds to wait for the services"},
			debugOption(),
		},
		Run: run(func(*argv.Invocation) error { return c.systemStart() }),
	}
	stop := &argv.Command{
		Name: "stop", Abstract: "Stop all `container` services", Options: []argv.Option{prefix, debugOption()},
		Run: run(func(*argv.Invocation) error { return c.systemStop() }),
	}
	status := &argv.Command{
		Name: "status", Abstract: "Show the status of `container` services", Options: []argv.Option{prefix, formatOption(), debugOption()},
		Run: run(func(in *argv.Invocation) error { return c.systemStatus(in.String("format")) }),
	}
	version := &argv.Command{
		Name: "version", Abstract: "Show version information", Options: []argv.Option{formatOption(), debugOption()},
		Run: run(func(in *argv.Invocation) error { return c.systemVersion(in.String("format")) }),
	}
	return &argv.Command{
		Name: "system", Aliases: []string{"s"}, Abstract: "Manage system components", Options: []argv.Option{debugOption()},
		Commands: []*argv.Command{start, stop, status, version, c.dfCommand(), c.dnsCommand(), c.propertyCommand()},
	}
}
