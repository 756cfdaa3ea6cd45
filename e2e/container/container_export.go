//go:build linux

package main

import (
	"errors"
	"io"
	"os"

	"github.com/hostwright/compose/e2e/container/argv"
)

func (c *call) exportCommand() *argv.Command {
	return &argv.Command{
		Name: "export", Abstract: "Export a container's filesystem as a tar archive",
		Options: []argv.Option{text("Pathname for the saved container filesystem", "o", "output"), debugOption()},
		Args:    []argv.Arg{{Name: "id", Help: "Container ID"}},
		Run:     c.withServices(func(in *argv.Invocation) error { return c.export(in.Arg("id"), in.String("output")) }),
	}
}

// export writes a tar archive of the root file system, without volumes and binds; of running containers since 1.2.1.
func (c *call) export(id, output string) error {
	record, running, err := c.known(id)
	if err != nil {
		return err
	}
	if record == nil {
		return fail(codeNotFound, "get failed: container %s not found", id)
	}
	if running && !c.version.atLeast(1, 2, 1) {
		return fail(codeInvalidState, "container is not stopped")
	}
	stream, err := c.docker.ContainerExport(c.ctx, record.DockerID)
	if err != nil {
		return c.engineError(err)
	}
	defer stream.Close()
	to := c.stdout
	if output != "" {
		file, err := os.Create(c.absolute(output))
		if err != nil {
			return fail(codeInternalError, "failed to export container").because(err)
		}
		_, err = io.Copy(file, stream)
		return errors.Join(err, file.Close())
	}
	_, err = io.Copy(to, stream)
	return err
}
