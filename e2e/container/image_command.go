//go:build linux

package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hostwright/compose/e2e/container/argv"
)

// imageCommands are the commands about images: the groups image, registry and builder, and build.
func (c *call) imageCommands() []*argv.Command {
	return []*argv.Command{c.buildCommand(), c.builderCommand(), c.imageCommand(), c.registryCommand()}
}

// imageCommand is the group `image`.
func (c *call) imageCommand() *argv.Command {
	return &argv.Command{
		Name: "image", Aliases: []string{"i"}, Abstract: "Manage images", Options: []argv.Option{debugOption()},
		Commands: []*argv.Command{
			c.imageDeleteCommand(), c.imageInspectCommand(), c.imageListCommand(), c.imageLoadCommand(),
			c.imagePruneCommand(), c.imagePullCommand(), c.imagePushCommand(), c.imageSaveCommand(), c.imageTagCommand(),
		},
	}
}

func (c *call) imageListCommand() *argv.Command {
	return &argv.Command{
		Name: "list", Aliases: []string{"ls"}, Abstract: "List images",
		Options: []argv.Option{
			formatOption(),
			{Names: []string{"q", "quiet"}, Kind: argv.Flag, Help: "Only output the image name"},
			{Names: []string{"v", "verbose"}, Kind: argv.Flag, Help: "Verbose output"},
			debugOption(),
		},
		Run: c.withServices(func(in *argv.Invocation) error {
			return c.listImages(in.String("format"), in.Bool("quiet"), in.Bool("verbose"))
		}),
	}
}

func (c *call) listImages(format string, quiet, verbose bool) error {
	if quiet && verbose {
		return fail(codeInvalidArgument, "cannot use flag --quiet and --verbose together")
	}
	now, err := c.store.read()
	if err != nil {
		return err
	}
	names := slices.Sorted(maps.Keys(now.Images))
	if quiet && format == "table" {
		for _, name := range names {
			c.print(displayReference(name))
		}
		return nil
	}
	all := []imageResource{}
	for _, name := range names {
		shown, err := c.imageResource(name, now.Images[name])
		if err != nil {
			return err
		}
		all = append(all, shown)
	}
	rows := [][]string{{"NAME", "TAG", "DIGEST"}}
	if verbose {
		rows = [][]string{{"NAME", "TAG", "INDEX DIGEST", "OS", "ARCH", "VARIANT", "FULL SIZE", "CREATED", "MANIFEST DIGEST"}}
	}
	for _, shown := range all {
		rows = append(rows, imageRows(shown, verbose)...)
	}
	return c.emitList(format, false, all, nil, rows)
}

// imageRows is an image in the table: one row, or with --verbose one for each variant that is no attestation.
func imageRows(shown imageResource, verbose bool) [][]string {
	display := displayReference(shown.Configuration.Name)
	name, tag := display, "<none>"
	if ref, err := parseReference(display); err == nil {
		name, tag = ref.name(), cmp.Or(ref.tag, "<none>")
	}
	if !verbose {
		return [][]string{{name, tag, shortDigest(shown.Configuration.Descriptor.Digest)}}
	}
	var rows [][]string
	for _, v := range shown.Variants {
		if v.Platform.OS == "unknown" && v.Platform.Architecture == "unknown" {
			continue
		}
		created := ""
		if v.Config.Created != nil {
			created = *v.Config.Created
		}
		rows = append(rows, []string{
			name, tag, shortDigest(shown.Configuration.Descriptor.Digest), v.Platform.OS, v.Platform.Architecture, v.Platform.Variant,
			byteCount(v.Size), created, shortDigest(v.Digest),
		})
	}
	return rows
}

// shortDigest is a digest in tables.
func shortDigest(digest string) string {
	const shown = 24
	text := strings.TrimPrefix(digest, "sha256:")
	if len(text) > shown {
		return text[:shown] + "..."
	}
	return text
}

// byteCount is a size as macOS writes it: decimal units.
func byteCount(n int64) string {
	units := []string{"KB", "MB", "GB", "TB"}
	if n == 0 {
		return "Zero KB"
	}
	if n < 1000 {
		return fmt.Sprintf("%d bytes", n)
	}
	value := float64(n) / 1000
	unit := 0
	for value >= 999.5 && unit < len(units)-1 {
		value /= 1000
		unit++
	}
	if unit == 0 {
		return fmt.Sprintf("%.0f %s", value, units[unit])
	}
	return strings.TrimSuffix(strings.TrimSuffix(fmt.Sprintf("%.1f", value), "0"), ".") + " " + units[unit]
}

func (c *call) imageInspectCommand() *argv.Command {
	return &argv.Command{
		Name: "inspect", Abstract: "Display information about one or more images", Options: []argv.Option{debugOption()},
		Args: []argv.Arg{{Name: "images", Repeat: true, Help: "Images to inspect"}},
		Run:  c.withServices(func(in *argv.Invocation) error { return c.inspectImages(in.Args("images")) }),
	}
}

func (c *call) inspectImages(names []string) error {
	now, err := c.store.read()
	if err != nil {
		return err
	}
	all := []imageResource{}
	var missing []string
	for _, text := range slices.Compact(slices.Sorted(slices.Values(names))) {
		name, record, err := now.findImage(text)
		if err != nil || record == nil {
			missing = append(missing, text)
			continue
		}
		shown, err := c.imageResource(name, record)
		if err != nil {
			return err
		}
		all = append(all, shown)
	}
	if len(missing) > 0 {
		return fail(codeNotFound, "image not found: %s", strings.Join(missing, ", "))
	}
	shuffle(all)
	return c.emitPretty(all)
}

func (c *call) imageTagCommand() *argv.Command {
	return &argv.Command{
		Name: "tag", Abstract: "Create a new reference for an existing image", Options: []argv.Option{debugOption()},
		Args: []argv.Arg{
			{Name: "source", Help: "The existing image reference (format: image-name[:tag])"},
			{Name: "target", Help: "The new image reference"},
		},
		Run: c.withServices(func(in *argv.Invocation) error { return c.tagImage(in.Arg("source"), in.Arg("target")) }),
	}
}

func (c *call) tagImage(source, target string) error {
	err := c.store.update(func(tx *transaction) error {
		_, record, err := tx.state.findImage(source)
		if err != nil {
			return err
		}
		if record == nil {
			return fail(codeNotFound, "image with reference %s", source)
		}
		name, err := normalizeReference(target)
		if err != nil {
			return err
		}
		return c.renameImages(tx, map[string]*imageRecord{name.String(): record})
	})
	if err != nil {
		return err
	}
	c.print(target)
	return nil
}

// renameImages points names at images that are present, and releases what the names meant before.
func (c *call) renameImages(tx *transaction, records map[string]*imageRecord) error {
	var forgotten []*imageRecord
	for name, record := range records {
		if old := tx.state.Images[name]; old != nil && old.Descriptor != record.Descriptor {
			forgotten = append(forgotten, old)
		}
		tx.state.Images[name] = record
	}
	return c.releaseInEngine(forgotten, tx.state.Images)
}

func (c *call) imageDeleteCommand() *argv.Command {
	return &argv.Command{
		Name: "delete", Aliases: []string{"rm"}, Abstract: "Delete one or more images",
		Options: []argv.Option{
			{Names: []string{"a", "all"}, Kind: argv.Flag, Help: "Delete all images"},
			{Names: []string{"f", "force"}, Kind: argv.Flag, Help: "Ignore errors for images that are not found"},
			debugOption(),
		},
		Args: []argv.Arg{{Name: "images", Repeat: true, Optional: true}},
		Validate: func(in *argv.Invocation) error {
			switch named, all := len(in.Args("images")) > 0, in.Bool("all"); {
			case !named && !all:
				return fail(codeInvalidArgument, "no images specified and --all not supplied")
			case named && all:
				return fail(codeInvalidArgument, "explicitly supplied images conflict with the --all flag")
			}
			return nil
		},
		Run: c.withServices(func(in *argv.Invocation) error {
			return c.deleteImages(in.Args("images"), in.Bool("all"), in.Bool("force"))
		}),
	}
}

// deleteImages forgets names. The runtime does not ask whether a container uses the image, and neither does this: containers
// keep what they were made from.
func (c *call) deleteImages(texts []string, all, force bool) error {
	var deleted, missing []string
	var freed int64
	err := c.store.update(func(tx *transaction) error {
		names := slices.Sorted(maps.Keys(tx.state.Images))
		if !all {
			names = nil
			for _, text := range texts {
				name, record, err := tx.state.findImage(text)
				if err != nil || record == nil {
					missing = append(missing, text)
					continue
				}
				names = append(names, name)
			}
		}
		var forgotten []*imageRecord
		for _, name := range names {
			record := tx.state.Images[name]
			if record == nil {
				// Named twice: the second time it is gone.
				c.log("failed to delete %s: notFound: \"%s\"", name, name)
				missing = append(missing, name)
				continue
			}
			delete(tx.state.Images, name)
			forgotten, deleted = append(forgotten, record), append(deleted, name)
		}
		freed = c.freedBytes(forgotten, tx.state.Images)
		return c.releaseInEngine(forgotten, tx.state.Images)
	})
	if err != nil {
		return err
	}
	for _, name := range deleted {
		c.print(name)
	}
	if len(deleted) > 0 {
		c.log("Reclaimed %s in disk space", byteCount(freed))
	}
	if len(missing) > 0 && !force {
		return fail(codeInternalError, "failed to delete one or more images: %s", swiftList(missing))
	}
	return nil
}

// freedBytes is the size of what only the forgotten images had.
func (c *call) freedBytes(forgotten []*imageRecord, remaining map[string]*imageRecord) int64 {
	needed := configDigests(c.content(), slices.Collect(maps.Values(remaining))...)
	var total int64
	counted := map[string]bool{}
	for _, record := range forgotten {
		present, err := c.content().variants(record.Descriptor.Digest)
		if err != nil {
			continue
		}
		for _, v := range present {
			config := v.Manifest.Config.Digest
			if !needed[config] && !counted[config] {
				counted[config] = true
				total += v.Manifest.size(v.Descriptor.Size)
			}
		}
	}
	return total
}
