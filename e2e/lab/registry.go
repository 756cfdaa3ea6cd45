//go:build linux

package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"strings"
)

// loginHash is loginPassword as htpasswd -B writes it.
const loginHash = "$2y$05$DaWeRFbw0IkM9iLbui1SMeKGh3uUydparb1iKgb2XBCQMjFV/Oz3a"

// registryDaemon is one registry. Its answer to /v2/ tells that it is ready.
func (l layout) registryDaemon(name, address string, status int) daemon {
	return daemon{
		name: "registry-" + name,
		argv: []string{"docker-registry", "serve", l.config(name + ".yml")},
		mark: l.config(name + ".yml"),
		ready: func(ctx context.Context) error {
			return answers(ctx, l.registryClient(), "http://"+address+"/v2/", status)
		},
	}
}

func (l layout) registryConfig(name, address, htpasswd string) string {
	config := fmt.Sprintf(`version: 0.1
log:
  level: warn
storage:
  cache:
    blobdescriptor: inmemory
  filesystem:
    rootdirectory: %s
  delete:
    enabled: true
http:
  addr: %s
`, l.registry(name), address)
	if htpasswd != "" {
		config += fmt.Sprintf("auth:\n  htpasswd:\n    realm: lab\n    path: %s\n", htpasswd)
	}
	return config
}

// startRegistries brings up both registries.
func (l layout) startRegistries(ctx context.Context) error {
	htpasswd := l.config("htpasswd")
	if err := writeFile(htpasswd, []byte(loginUser+":"+loginHash+"\n")); err != nil {
		return err
	}
	for name, config := range map[string]string{
		"mirror": l.registryConfig("mirror", mirrorAddress, ""),
		"login":  l.registryConfig("login", loginAddress, htpasswd),
	} {
		if err := writeFile(l.config(name+".yml"), []byte(config)); err != nil {
			return err
		}
	}
	for _, d := range l.daemons() {
		if !strings.HasPrefix(d.name, "registry-") {
			continue
		}
		if err := l.refuseForeignListener(ctx, d); err != nil {
			return err
		}
		if err := l.start(ctx, d); err != nil {
			return err
		}
	}
	return nil
}

// refuseForeignListener keeps the lab from taking another program's port for
// its own registry.
func (l layout) refuseForeignListener(ctx context.Context, d daemon) error {
	if l.pid(d) != 0 {
		return nil
	}
	address := mirrorAddress
	if d.name == "registry-login" {
		address = loginAddress
	}
	conn, err := l.dial(ctx, "tcp", address)
	if err != nil {
		return nil
	}
	conn.Close()
	return fmt.Errorf("%s is in use by another program, and the lab's registry belongs there: stop that program, or set HOSTWRIGHT_LAB_NETNS=1 to put the lab into a network namespace of its own", address)
}

func (l layout) registryClient() *http.Client {
	return &http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			return l.dial(ctx, network, address)
		},
	}}
}

// inMirror reports whether the open registry holds the image.
func (l layout) inMirror(ctx context.Context, repository, tag string) (bool, error) {
	url := "http://" + filepath.Join(mirrorAddress, "v2", repository, "manifests", tag)
	request, err := http.NewRequestWithContext(ctx, http.MethodHead, url, nil)
	if err != nil {
		return false, err
	}
	request.Header.Set("Accept", "application/vnd.docker.distribution.manifest.v2+json")
	response, err := l.registryClient().Do(request)
	if err != nil {
		return false, err
	}
	response.Body.Close()
	switch response.StatusCode {
	case http.StatusOK:
		return true, nil
	case http.StatusNotFound:
		return false, nil
	}
	return false, fmt.Errorf("HEAD %s: %s", url, response.Status)
}
