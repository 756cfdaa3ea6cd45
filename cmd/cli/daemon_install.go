package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/hostwright/compose/orchestrate/daemon"
)

// install has the system start hostwrightd at login.
func (d *daemonCommand) install(ctx context.Context, startRuntime bool) error {
	program, err := daemon.Program()
	if err != nil {
		return err
	}
	var more []string
	if startRuntime {
		more = append(more, daemon.StartRuntimeVariable+"=on")
	}
	service, err := d.service(program, more...)
	if err != nil {
		return err
	}
	if err := service.Install(ctx); err != nil {
		return err
	}
	return d.say("installed %s: hostwrightd is started at login, and now", service.Path)
}

func (d *daemonCommand) uninstall(ctx context.Context) error {
	service, err := d.service("") // to forget it no program is needed
	if err != nil {
		return err
	}
	there, err := service.Uninstall(ctx)
	if err != nil {
		return err
	}
	if !there {
		return d.say("%s is not installed", service.Path)
	}
	return d.say("removed %s: hostwrightd is started by commands only", service.Path)
}

// service describes hostwrightd to the system, with the environment of this command as far as it counts, and more.
func (d *daemonCommand) service(program string, more ...string) (daemon.Service, error) {
	r, err := d.remote()
	if err != nil {
		return daemon.Service{}, err
	}
	home := d.app.env("HOME")
	if home == "" {
		return daemon.Service{}, fmt.Errorf("HOME is not set: there is no place for what is started at login")
	}
	var environment []string
	for _, name := range daemon.ServiceVariables {
		if v, ok := d.app.lookup(name); ok && !strings.ContainsAny(v, "\n\r") {
			environment = append(environment, name+"="+v)
		}
	}
	return daemon.NewService(home, r.State, program, append(environment, more...)), nil
}
