//go:build linux

package main

import (
	"bufio"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"golang.org/x/term"

	"github.com/hostwright/compose/e2e/container/argv"
)

// registryCommand is the group `registry`.
func (c *call) registryCommand() *argv.Command {
	login := &argv.Command{
		Name: "login", Abstract: "Log in to a registry",
		Options: []argv.Option{
			c.schemeOption(),
			{Names: []string{"password-stdin"}, Kind: argv.Flag, Help: "Take the password from stdin"},
			{Names: []string{"u", "username"}, Help: "Registry user name"},
			debugOption(),
		},
		Args: []argv.Arg{{Name: "server", Help: "Registry server name"}},
		Run: c.withServices(func(in *argv.Invocation) error {
			return c.registryLogin(in.Arg("server"), in.String("username"), in.Bool("password-stdin"), in.String("scheme"))
		}),
	}
	logout := &argv.Command{
		Name: "logout", Abstract: "Log out from a registry", Options: []argv.Option{debugOption()},
		Args: []argv.Arg{{Name: "registry", Help: "Registry server name"}},
		Run: c.withServices(func(in *argv.Invocation) error {
			host := imageReference{domain: in.Arg("registry")}.server()
			return c.changeLogins(func(logins map[string]registryLogin) { delete(logins, host) })
		}),
	}
	list := &argv.Command{
		Name: "list", Aliases: []string{"ls"}, Abstract: "List image registry logins",
		Options: []argv.Option{formatOption(), {Names: []string{"q", "quiet"}, Kind: argv.Flag, Help: "Only output the registry hostname"}, debugOption()},
		Run:     c.withServices(func(in *argv.Invocation) error { return c.registryList(in.String("format"), in.Bool("quiet")) }),
	}
	return &argv.Command{
		Name: "registry", Aliases: []string{"r"}, Abstract: "Manage registry logins", Options: []argv.Option{debugOption()},
		Commands: []*argv.Command{login, logout, list},
	}
}

// registryLogin tries the credentials and keeps them. docker.io is kept as the host that serves it.
func (c *call) registryLogin(server, username string, fromStdin bool, scheme string) error {
	password := ""
	if fromStdin {
		if username == "" {
			return fail(codeInvalidArgument, "must provide --username with --password-stdin")
		}
		data, err := io.ReadAll(c.stdin)
		if err != nil || len(data) == 0 {
			return fail(codeInvalidArgument, "failed to read password from stdin")
		}
		password = strings.TrimSpace(string(data))
	}
	var err error
	if username == "" || password == "" {
		if username, password, err = c.promptLogin(server, username, password); err != nil {
			return err
		}
	}
	host := imageReference{domain: server}.server()
	if scheme, err = c.requestScheme(scheme, host); err != nil {
		return err
	}
	client := newPlainRegistryClient(c.engineNamespace(), scheme, host)
	now := dateNow()
	client.login = &registryLogin{Username: username, Password: password, Created: now, Modified: now}
	if err := client.ping(c.ctx); err != nil {
		return withCredentialHint(err)
	}
	err = c.changeLogins(func(logins map[string]registryLogin) {
		login := *client.login
		if old, known := logins[host]; known {
			login.Created = old.Created
		}
		logins[host] = login
	})
	if err != nil {
		return err
	}
	c.log("Login succeeded")
	return nil
}

// promptLogin asks on the terminal for what is missing.
func (c *call) promptLogin(server, username, password string) (string, string, error) {
	if !term.IsTerminal(int(c.stdin.Fd())) {
		return "", "", fail(codeInvalidArgument, "failed to read credentials for %s: standard input is no terminal", server)
	}
	if username == "" {
		fmt.Fprintf(c.stderr, "Provide registry username %s: ", server)
		line, err := bufio.NewReader(c.stdin).ReadString('\n')
		if err != nil {
			return "", "", fmt.Errorf("read username: %w", err)
		}
		username = strings.TrimSpace(line)
	}
	if password == "" {
		fmt.Fprint(c.stderr, "Provide registry password: ")
		data, err := term.ReadPassword(int(c.stdin.Fd()))
		if err != nil {
			return "", "", fmt.Errorf("read password: %w", err)
		}
		password = string(data)
		fmt.Fprintln(c.stdout)
	}
	return username, password, nil
}

// registryResource is the JSON of reference 3.5.
type registryResource struct {
	ID               string            `json:"id"`
	Name             string            `json:"name"`
	Username         string            `json:"username"`
	CreationDate     swiftDate         `json:"creationDate"`
	ModificationDate swiftDate         `json:"modificationDate"`
	Labels           map[string]string `json:"labels"`
}

func (c *call) registryList(format string, quiet bool) error {
	logins, err := c.readLogins()
	if err != nil {
		return err
	}
	hosts := slices.Sorted(maps.Keys(logins))
	shown := []registryResource{}
	rows := [][]string{{"HOSTNAME", "USERNAME", "MODIFIED", "CREATED"}}
	for _, host := range hosts {
		login := logins[host]
		shown = append(shown, registryResource{
			ID: host, Name: host, Username: login.Username, CreationDate: login.Created, ModificationDate: login.Modified, Labels: map[string]string{},
		})
		rows = append(rows, []string{host, login.Username, dateText(login.Modified), dateText(login.Created)})
	}
	return c.emitList(format, quiet, shown, hosts, rows)
}

func dateText(d swiftDate) string { return d.UTC().Format("2006-01-02T15:04:05Z") }
