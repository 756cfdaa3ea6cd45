//go:build linux

package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/docker/docker/client"
)

// rootLabel is the one label that the stand-in puts on Docker objects; its value is the STANDIN_ROOT.
const rootLabel = "standin.root"

// hostFacts are what the stand-in needs to know of the engine's machine; read once and kept in the root's folder.
type hostFacts struct {
	Endpoint     string `json:"endpoint"`
	Architecture string `json:"architecture"` // as OCI spells it: amd64, arm64
	CPUs         int    `json:"cpus"`
	Memory       int64  `json:"memory"` // bytes
	LimitsCPU    bool   `json:"limitsCPU"`
	LimitsMemory bool   `json:"limitsMemory"`
	LimitsPids   bool   `json:"limitsPids"`
	// Pools are the engine's own address pools, "10.66.0.0/15 24": what networks are cut from.
	Pools []string `json:"pools"`
}

// engine gives the Docker client, made on first use; safe for concurrent use.
func (c *call) engine() (*client.Client, error) {
	c.connecting.Lock()
	defer c.connecting.Unlock()
	if c.docker != nil {
		return c.docker, nil
	}
	docker, err := client.NewClientWithOpts(client.FromEnv, client.WithAPIVersionNegotiation())
	if err != nil {
		return nil, fmt.Errorf("connect to the Docker engine (DOCKER_HOST): %w", err)
	}
	// Negotiated here, not at the first request: the client's own way is no good for several requests at once. An engine that
	// does not answer shows at the first request.
	docker.NegotiateAPIVersion(c.ctx)
	c.docker = docker
	return docker, nil
}

// engineError turns an engine that cannot be reached into the text of a daemon that is down, with the reason before it.
func (c *call) engineError(err error) error {
	if err != nil && client.IsErrConnectionFailed(err) {
		c.log("stand-in: %s", err)
		return errDaemonDown
	}
	return err
}

// host gives the facts of the engine's machine.
func (c *call) host() (hostFacts, error) {
	var facts hostFacts
	docker, err := c.engine()
	if err != nil {
		return facts, err
	}
	file := c.store.path("engine.json")
	if data, err := os.ReadFile(file); err == nil {
		if json.Unmarshal(data, &facts) == nil && facts.Endpoint == docker.DaemonHost() {
			return facts, nil
		}
	}
	info, err := docker.Info(c.ctx)
	if err != nil {
		return facts, c.engineError(err)
	}
	facts = hostFacts{
		Endpoint: docker.DaemonHost(), Architecture: ociArchitecture(info.Architecture), CPUs: info.NCPU,
		Memory: info.MemTotal, LimitsCPU: info.CPUCfsQuota, LimitsMemory: info.MemoryLimit, LimitsPids: info.PidsLimit,
	}
	for _, pool := range info.DefaultAddressPools {
		facts.Pools = append(facts.Pools, fmt.Sprintf("%s %d", pool.Base, pool.Size))
	}
	data, err := json.Marshal(facts)
	if err != nil {
		return facts, fmt.Errorf("keep engine facts: %w", err)
	}
	// Several calls may write at once; each writes the same text to a file of its own, then renames it.
	own := fmt.Sprintf("%s.%d", file, os.Getpid())
	if err := os.WriteFile(own, data, 0o600); err != nil {
		return facts, fmt.Errorf("keep engine facts: %w", err)
	}
	if err := os.Rename(own, file); err != nil {
		return facts, fmt.Errorf("keep engine facts: %w", err)
	}
	return facts, nil
}

// ociArchitecture turns the kernel's name of a machine into the OCI name.
func ociArchitecture(machine string) string {
	switch machine {
	case "x86_64":
		return "amd64"
	case "aarch64":
		return "arm64"
	case "armv7l", "armv6l":
		return "arm"
	case "i386", "i686":
		return "386"
	}
	return machine
}

// engineNamespace gives the path of the network namespace that the engine's bridges live in, or "" when it is the
// caller's own. The file "netns" beside the engine's socket names it.
func (c *call) engineNamespace() string {
	docker, err := c.engine()
	if err != nil {
		return ""
	}
	socket, isSocket := strings.CutPrefix(docker.DaemonHost(), "unix://")
	if !isSocket {
		return ""
	}
	data, err := os.ReadFile(filepath.Join(filepath.Dir(socket), "netns"))
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(data))
}
