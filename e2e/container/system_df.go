//go:build linux

package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/docker/docker/api/types/container"
	"github.com/hostwright/compose/e2e/container/argv"
)

// diskUsage is `system df --format json` (reference 3.7). Sizes are bytes of allocated blocks.
type diskUsage struct {
	Images     usage `json:"images"`
	Containers usage `json:"containers"`
	Volumes    usage `json:"volumes"`
}

// usage is one kind of thing: how many there are and how many are used, their size and what deleting the unused would free.
type usage struct {
	Total       int    `json:"total"`
	Active      int    `json:"active"`
	SizeInBytes uint64 `json:"sizeInBytes"`
	Reclaimable uint64 `json:"reclaimable"`
}

func (u *usage) add(size uint64, active bool) {
	u.Total++
	u.SizeInBytes += size
	if active {
		u.Active++
	} else {
		u.Reclaimable += size
	}
}

func (c *call) dfCommand() *argv.Command {
	return &argv.Command{
		Name: "df", Abstract: "Show disk usage for images, containers, and volumes", Options: []argv.Option{formatOption(), debugOption()},
		Run: c.withServices(func(in *argv.Invocation) error { return c.systemDF(in.String("format")) }),
	}
}

func (c *call) systemDF(format string) error {
	used, err := c.diskUsage()
	if err != nil {
		return err
	}
	if format == "json" {
		return c.emitPretty(used)
	}
	rows := [][]string{{"TYPE", "TOTAL", "ACTIVE", "SIZE", "RECLAIMABLE"}}
	for _, each := range []struct {
		name string
		usage
	}{{"Images", used.Images}, {"Containers", used.Containers}, {"Local Volumes", used.Volumes}} {
		share := uint64(0)
		if each.SizeInBytes > 0 {
			share = 100 * each.Reclaimable / each.SizeInBytes
		}
		rows = append(rows, []string{
			each.name, fmt.Sprint(each.Total), fmt.Sprint(each.Active), byteCount(int64(each.SizeInBytes)),
			fmt.Sprintf("%s (%d%%)", byteCount(int64(each.Reclaimable)), share),
		})
	}
	return c.emitList(format, false, used, nil, rows)
}

// diskUsage measures. An image is active when a container was made of it, a container when it runs, a volume when a
// container refers to it.
func (c *call) diskUsage() (diskUsage, error) {
	var used diskUsage
	docker, err := c.engine()
	if err != nil {
		return used, err
	}
	listed, err := docker.ContainerList(c.ctx, container.ListOptions{All: true, Size: true, Filters: c.ofRoot()})
	if err != nil {
		return used, c.engineError(err)
	}
	now, err := c.store.read()
	if err != nil {
		return used, err
	}
	byID := map[string]container.Summary{}
	for _, each := range listed {
		byID[each.ID] = each
	}
	references := map[string]bool{}
	for _, record := range now.Containers {
		summary := byID[record.DockerID]
		used.Containers.add(uint64(summary.SizeRw), summary.State == dockerRunning && !record.Orphaned)
		references[record.Configuration.Image.Reference] = true
	}
	for name, record := range now.Images {
		size, err := c.imageSize(record)
		if err != nil {
			return used, err
		}
		used.Images.add(size, references[name])
	}
	for name, record := range now.Volumes {
		found, err := docker.VolumeInspect(c.ctx, record.DockerName)
		if err != nil {
			return used, c.engineError(err)
		}
		size, err := allocated(found.Mountpoint)
		if err != nil {
			return used, fmt.Errorf("measure volume %s: %w", name, err)
		}
		_, active := now.containerUsing(refersToVolume(name))
		used.Volumes.add(size, active)
	}
	return used, nil
}

func (c *call) imageSize(record *imageRecord) (uint64, error) {
	variants, err := c.content().variants(record.Descriptor.Digest)
	if err != nil {
		return 0, err
	}
	size := uint64(0)
	for _, each := range variants {
		size += uint64(each.Manifest.size(each.Descriptor.Size))
	}
	return size, nil
}

// allocated adds up the blocks of a folder. A file that is deleted meanwhile has none.
func allocated(folder string) (uint64, error) {
	total := uint64(0)
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if os.IsNotExist(err) {
			return nil
		}
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if os.IsNotExist(err) {
			return nil
		}
		if err != nil {
			return err
		}
		if stat, ok := info.Sys().(*syscall.Stat_t); ok {
			total += uint64(stat.Blocks) * 512
		}
		return nil
	})
	return total, err
}
