package images

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// Credential is a user's name and password at a registry. Printing one leaves the password out.
type Credential struct {
	User, Password string
	// Source says where it comes from, for people: "/home/me/.docker/config.json".
	Source string
}

// String leaves the password out.
func (c Credential) String() string { return c.User + " (from " + c.Source + ")" }

// GoString leaves the password out.
func (c Credential) GoString() string { return c.String() }

// Credentials finds a user's credential at a registry; ok is false when there is none.
type Credentials func(ctx context.Context, host string) (c Credential, ok bool, err error)

// dockerConfig is the part of Docker's config file that is about logins (docker/cli, config file).
type dockerConfig struct {
	Auths map[string]struct {
		Auth          string `json:"auth"` // base64 of user:password
		IdentityToken string `json:"identitytoken"`
	} `json:"auths"`
	Store   string            `json:"credsStore"`  // a helper for all registries
	Helpers map[string]string `json:"credHelpers"` // by registry
}

// hubServer is the name of Docker Hub in Docker's config file.
const hubServer = "https://index.docker.io/v1/"

// helperDeadline bounds a credential helper, which may ask the user to unlock a keychain.
const helperDeadline = time.Minute

// DockerCredentials reads the logins that `docker login` keeps: in the config file (DOCKER_CONFIG, else ~/.docker), or in
// the credential helper that it names. The file is read when it is asked for, and never written.
func DockerCredentials(lookup func(string) (string, bool)) Credentials {
	return func(ctx context.Context, host string) (Credential, bool, error) {
		dir, _ := lookup("DOCKER_CONFIG")
		if dir == "" {
			home, ok := lookup("HOME")
			if !ok || home == "" {
				return Credential{}, false, nil
			}
			dir = filepath.Join(home, ".docker")
		}
		path := filepath.Join(dir, "config.json")
		data, err := os.ReadFile(path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return Credential{}, false, nil
		case err != nil:
			return Credential{}, false, fmt.Errorf("read Docker's config file: %w", err)
		}
		var config dockerConfig
		if json.Unmarshal(data, &config) != nil { // its text may be a password: it is not shown
			return Credential{}, false, fmt.Errorf("read Docker's config file: %s is not valid JSON", path)
		}
		return config.find(ctx, host, path)
	}
}

// find looks as Docker does: the helper of this registry, the helper of all, the file itself.
func (c *dockerConfig) find(ctx context.Context, host, path string) (Credential, bool, error) {
	servers := serverNames(host)
	for _, server := range servers {
		if helper := c.Helpers[server]; helper != "" {
			return askHelper(ctx, helper, server)
		}
	}
	if c.Store != "" {
		for _, server := range servers {
			found, ok, err := askHelper(ctx, c.Store, server)
			if ok || err != nil {
				return found, ok, err
			}
		}
	}
	for _, server := range servers {
		entry, ok := c.Auths[server]
		if !ok || entry.Auth == "" || entry.IdentityToken != "" {
			continue // empty: a helper has it; a token is no password
		}
		plain, err := base64.StdEncoding.DecodeString(entry.Auth)
		user, password, cut := strings.Cut(strings.TrimRight(string(plain), "\x00"), ":")
		if err != nil || !cut || user == "" {
			return Credential{}, false, fmt.Errorf("read Docker's config file: the login of %s in %s cannot be read", host, path)
		}
		return Credential{User: user, Password: password, Source: path}, true, nil
	}
	return Credential{}, false, nil
}

// serverNames are the names under which Docker may keep a registry's login.
func serverNames(host string) []string {
	names := []string{host, "https://" + host, "https://" + host + "/v1/", "https://" + host + "/v2/", "http://" + host}
	if host == "docker.io" {
		names = append([]string{hubServer, "index.docker.io", "registry-1.docker.io"}, names...)
	}
	return names
}

var helperName = regexp.MustCompile(`^[A-Za-z0-9._-]+$`)

// askHelper speaks the protocol of Docker's credential helpers: `docker-credential-NAME get`, the server on standard
// input, JSON on standard output.
func askHelper(ctx context.Context, name, server string) (Credential, bool, error) {
	if !helperName.MatchString(name) {
		return Credential{}, false, fmt.Errorf("read Docker's config file: %q is no name of a credential helper", name)
	}
	ctx, cancel := context.WithTimeout(ctx, helperDeadline)
	defer cancel()
	program := "docker-credential-" + name
	cmd := exec.CommandContext(ctx, program, "get")
	cmd.Stdin = strings.NewReader(server)
	var out, complaint bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaint
	if err := cmd.Run(); err != nil {
		// A helper says on either stream that it has none.
		if strings.Contains(out.String()+complaint.String(), "credentials not found") {
			return Credential{}, false, nil
		}
		return Credential{}, false, fmt.Errorf("ask %s for the login of %s: %w", program, server, err)
	}
	var answer struct{ Username, Secret string }
	if json.Unmarshal(out.Bytes(), &answer) != nil {
		return Credential{}, false, fmt.Errorf("ask %s for the login of %s: it did not answer with JSON", program, server)
	}
	if answer.Username == "" || answer.Username == "<token>" { // a token is no password
		return Credential{}, false, nil
	}
	return Credential{User: answer.Username, Password: answer.Secret, Source: program}, true, nil
}
