//go:build linux

package main

import (
	"maps"
	"slices"

	"github.com/hostwright/compose/e2e/container/argv"
)

func (c *call) imagePruneCommand() *argv.Command {
	return &argv.Command{
		Name: "prune", Abstract: "Remove unused or all images",
		Options: []argv.Option{
			{Names: []string{"a", "all"}, Kind: argv.Flag, Help: "Remove all unused images, not just dangling ones"},
			debugOption(),
		},
		Run: c.withServices(func(in *argv.Invocation) error { return c.pruneImages(in.Bool("all")) }),
	}
}

// pruneImages forgets the images without a tag, or all that no container names; foreign ones too, as the runtime does.
func (c *call) pruneImages(all bool) error {
	var names, digests []string
	var freed int64
	err := c.store.update(func(tx *transaction) error {
		used := map[string]bool{}
		for _, record := range tx.state.Containers {
			used[record.Configuration.Image.Reference] = true
		}
		var forgotten []*imageRecord
		for _, name := range slices.Sorted(maps.Keys(tx.state.Images)) {
			ref, err := parseReference(name)
			dangling := err != nil || ref.tag == ""
			if all && used[name] || !all && !dangling {
				continue
			}
			forgotten, names = append(forgotten, tx.state.Images[name]), append(names, name)
			delete(tx.state.Images, name)
		}
		freed = c.freedBytes(forgotten, tx.state.Images)
		if err := c.releaseInEngine(forgotten, tx.state.Images); err != nil {
			return err
		}
		var err error
		digests, err = c.content().forget(forgotten, slices.Collect(maps.Values(tx.state.Images)))
		return err
	})
	if err != nil {
		return err
	}
	for _, name := range names {
		c.print("untagged " + name)
	}
	for _, digest := range digests {
		c.print("deleted " + digestHex(digest))
	}
	c.log("Reclaimed %s in disk space", byteCount(freed))
	return nil
}

// forget deletes the blobs that only forgotten images had, and gives the digests of all that went, layers included.
func (s content) forget(forgotten, remaining []*imageRecord) ([]string, error) {
	needed := s.allDigests(remaining)
	gone := s.allDigests(forgotten)
	var digests []string
	for _, digest := range slices.Sorted(maps.Keys(gone)) {
		if needed[digest] {
			continue
		}
		digests = append(digests, digest)
		if err := removeIfThere(s.path(digest)); err != nil {
			return digests, err
		}
	}
	return digests, nil
}

func (s content) allDigests(records []*imageRecord) map[string]bool {
	all := map[string]bool{}
	for _, r := range records {
		all[r.Descriptor.Digest] = true
		present, err := s.variants(r.Descriptor.Digest)
		if err != nil {
			continue
		}
		for _, v := range present {
			all[v.Descriptor.Digest], all[v.Manifest.Config.Digest] = true, true
			for _, layer := range v.Manifest.Layers {
				all[layer.Digest] = true
			}
		}
	}
	return all
}
