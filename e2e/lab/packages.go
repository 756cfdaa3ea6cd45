//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// packages are the Debian packages that the lab runs on.
var packages = []string{"docker.io", "docker-registry", "debootstrap", "iptables", "iproute2", "procps", "ca-certificates"}

const (
	debianRelease = "12"
	debianSuite   = "bookworm"
)

// checkMachine says what the lab cannot do without.
func checkMachine() error {
	text, err := os.ReadFile("/etc/os-release")
	if err != nil {
		return err
	}
	release := osRelease(string(text))
	if release["ID"] != "debian" || release["VERSION_ID"] != debianRelease {
		return fmt.Errorf("this is %s, and the lab builds its engine and images from the packages of Debian %s: run it there, in a virtual machine if need be", release["PRETTY_NAME"], debianRelease)
	}
	return nil
}

// osRelease reads the NAME=value lines of os-release(5).
func osRelease(text string) map[string]string {
	values := map[string]string{}
	for line := range strings.Lines(text) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), "="); ok {
			values[name] = strings.Trim(value, `"'`)
		}
	}
	return values
}

// installPackages installs what is missing, without starting any service: an
// engine of the system's would take the machine's firewall and port 5000.
func (l layout) installPackages(ctx context.Context, p *progress) error {
	missing, err := missingPackages(ctx)
	if err != nil || len(missing) == 0 {
		return err
	}
	p.step("installing Debian packages: %s", strings.Join(missing, " "))
	lift, err := holdServices()
	if err != nil {
		return err
	}
	defer lift()
	apt := func(log string, args ...string) error {
		cmd := exec.CommandContext(ctx, "apt-get", args...)
		cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
		return l.logged(ctx, log, cmd)
	}
	if err := apt("apt-update", "-q", "update"); err != nil {
		return err
	}
	return apt("apt-install", append([]string{"-q", "-y", "--no-install-recommends", "install"}, missing...)...)
}

func missingPackages(ctx context.Context) ([]string, error) {
	args := append([]string{"-W", "-f", "${Package} ${db:Status-Status}\n"}, packages...)
	// It exits 1 when it knows nothing of one of them, which is an answer, too.
	printed, err := output(ctx, "dpkg-query", args...)
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		return nil, err
	}
	installed := map[string]bool{}
	for line := range strings.Lines(printed) {
		if name, status, ok := strings.Cut(strings.TrimSpace(line), " "); ok && status == "installed" {
			installed[name] = true
		}
	}
	var missing []string
	for _, name := range packages {
		if !installed[name] {
			missing = append(missing, name)
		}
	}
	return missing, nil
}

// policyFile is asked by package scripts whether they may start a service
// (invoke-rc.d(8)).
const policyFile = "/usr/sbin/policy-rc.d"

// holdServices keeps packages from starting services until lift is called. A
// policy that is there already stays.
func holdServices() (lift func(), err error) {
	f, err := os.OpenFile(policyFile, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o755)
	if errors.Is(err, os.ErrExist) {
		return func() {}, nil
	}
	if err != nil {
		return nil, err
	}
	_, err = f.WriteString("#!/bin/sh\nexit 101\n")
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, err
	}
	return func() { os.Remove(policyFile) }, nil
}
