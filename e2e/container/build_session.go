//go:build linux

package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"

	"github.com/docker/docker/client"
	buildkit "github.com/moby/buildkit/session"
	"github.com/moby/buildkit/session/filesync"
	"github.com/moby/buildkit/session/secrets/secretsprovider"
	"github.com/moby/buildkit/session/sshforward/sshprovider"
	"github.com/tonistiigi/fsutil"
	"github.com/tonistiigi/fsutil/types"
)

// buildFiles is what a build reads and writes on this side.
type buildFiles struct {
	context    string
	dockerfile string // a folder with the rewritten Dockerfile and perhaps Dockerfile.dockerignore
	secrets    map[string][]byte
	sshAgent   string // path of the socket; "" for none
	output     buildOutput
}

// openBuildSession connects the builder with the files: it asks for those that it needs, so that the context is not sent
// whole, and it leaves out what .dockerignore says. Run returns when the context is cancelled.
func openBuildSession(ctx context.Context, docker *client.Client, files buildFiles) (*buildkit.Session, func() error, error) {
	s, err := buildkit.NewSession(ctx, files.context)
	if err != nil {
		return nil, nil, fmt.Errorf("open build session: %w", err)
	}
	folders := filesync.StaticDirSource{}
	for name, path := range map[string]string{"context": files.context, "dockerfile": files.dockerfile} {
		folder, err := fsutil.NewFS(path)
		if err != nil {
			return nil, nil, fmt.Errorf("open %s: %w", name, err)
		}
		if folders[name], err = fsutil.NewFilterFS(folder, &fsutil.FilterOpt{Map: ownedByRoot}); err != nil {
			return nil, nil, fmt.Errorf("open %s: %w", name, err)
		}
	}
	s.Allow(filesync.NewFSSyncProvider(folders))
	s.Allow(secretsprovider.FromMap(files.secrets))
	if files.sshAgent != "" {
		agent, err := sshprovider.NewSSHAgentProvider([]sshprovider.AgentConfig{{Paths: []string{files.sshAgent}}})
		if err != nil {
			return nil, nil, fmt.Errorf("open SSH agent: %w", err)
		}
		s.Allow(agent)
	}
	switch files.output.kind {
	case "tar":
		s.Allow(filesync.NewFSSyncTarget(filesync.WithFSSync(0, func(map[string]string) (io.WriteCloser, error) {
			return os.Create(files.output.destination)
		})))
	case "local":
		s.Allow(filesync.NewFSSyncTarget(filesync.WithFSSyncDir(0, files.output.destination)))
	}
	run := func() error {
		return s.Run(ctx, func(ctx context.Context, proto string, meta map[string][]string) (net.Conn, error) {
			return docker.DialHijack(ctx, "/session", proto, meta)
		})
	}
	return s, run, nil
}

// ownedByRoot: files of a build context belong to root in the image, whoever owns them here.
func ownedByRoot(_ string, stat *types.Stat) fsutil.MapResult {
	stat.Uid, stat.Gid = 0, 0
	return fsutil.MapResultKeep
}
