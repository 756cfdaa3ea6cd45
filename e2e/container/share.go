//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	fusefs "github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"
	"golang.org/x/sys/unix"
)

// shareFolder is where shares are mounted: in no STANDIN_ROOT, so that whoever deletes one does not delete through a share.
const shareFolder = "/run/standin-shares"

// share is a folder that a container gets through a file system of its own, as virtiofs is one: nobody inside is told of what
// changes on the host. It is served by the container's relay, and mounted while the container runs.
type share struct {
	Source string `json:"source"` // the folder on the host
	Target string `json:"target"` // where it is mounted, for Docker to bind
	// Owned refuses chown and chmod, and shows every file as its beholder's.
	Owned bool `json:"owned"`
}

// shareSource gives what Docker is to bind for a host path: the path itself, or on a bad day a share of it. Of a single file the
// folder is shared, as the runtime does (reference 4.5). A socket cannot be shared.
func (c *call) shareSource(record *containerRecord, source string) (string, error) {
	if !c.day.has(troubleNoChown) && !c.day.has(troubleNoFileEvents) {
		return source, nil
	}
	info, err := os.Stat(source)
	if err != nil {
		return "", fail(codeInvalidArgument, "path '%s' does not exist", source)
	}
	one := share{Source: source, Owned: c.day.has(troubleNoChown)}
	one.Target = filepath.Join(shareFolder, fmt.Sprintf("%s-%d", record.Folder, len(record.Shares)))
	bound := one.Target
	switch {
	case info.Mode()&fs.ModeSocket != 0:
		return source, nil
	case !info.IsDir():
		one.Source, bound = filepath.Dir(source), filepath.Join(one.Target, filepath.Base(source))
	}
	if err := os.MkdirAll(one.Target, 0o755); err != nil {
		return "", fmt.Errorf("share %s: %w", source, err)
	}
	if bound != one.Target { // Docker wants to see it at create
		if err := os.WriteFile(bound, nil, 0o644); err != nil {
			return "", fmt.Errorf("share %s: %w", source, err)
		}
	}
	record.Shares = append(record.Shares, one)
	return bound, nil
}

// mount serves the share until the process ends.
func (s share) mount() error {
	if err := s.unmount(); err != nil {
		return err
	}
	root, err := fusefs.NewLoopbackRoot(s.Source)
	if err != nil {
		return fmt.Errorf("share %s: %w", s.Source, err)
	}
	never := time.Duration(0)
	options := &fusefs.Options{EntryTimeout: &never, AttrTimeout: &never, NegativeTimeout: &never, NullPermissions: true}
	options.MountOptions = fuse.MountOptions{AllowOther: true, DirectMountStrict: true, FsName: "standin", Name: "virtiofs"}
	if s.Owned {
		root = &ownedNode{LoopbackNode: root.(*fusefs.LoopbackNode)}
	} else {
		options.Options = []string{"default_permissions"} // the kernel judges by the files' real owners
	}
	if _, err := fusefs.Mount(s.Target, root, options); err != nil {
		return fmt.Errorf("share %s (the stand-in needs /dev/fuse for this trouble): %w", s.Source, err)
	}
	return nil
}

// unmount takes the share away, and what a killed relay left mounted there.
func (s share) unmount() error {
	for {
		err := unix.Unmount(s.Target, unix.MNT_DETACH)
		if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOENT) { // nothing is mounted there
			return nil
		}
		if err != nil {
			return fmt.Errorf("unmount %s: %w", s.Target, err)
		}
	}
}

// ownedNode is a file as a Mac shares it: it seems to belong to whoever looks, and keeps neither owner nor mode that it is
// given later (reference 5.8). On the host it belongs to whom the shared folder belongs.
type ownedNode struct{ *fusefs.LoopbackNode }

var (
	_ fusefs.NodeWrapChilder = (*ownedNode)(nil)
	_ fusefs.NodeSetattrer   = (*ownedNode)(nil)
	_ fusefs.NodeStatxer     = (*ownedNode)(nil)
)

// WrapChild makes every file below an ownedNode too.
func (n *ownedNode) WrapChild(_ context.Context, child fusefs.InodeEmbedder) fusefs.InodeEmbedder {
	return &ownedNode{LoopbackNode: child.(*fusefs.LoopbackNode)}
}

// Setattr refuses owners and modes, and takes sizes and times.
func (n *ownedNode) Setattr(ctx context.Context, f fusefs.FileHandle, in *fuse.SetAttrIn, out *fuse.AttrOut) syscall.Errno {
	if in.Valid&(fuse.FATTR_UID|fuse.FATTR_GID|fuse.FATTR_MODE) != 0 {
		return syscall.EPERM
	}
	errno := n.LoopbackNode.Setattr(ctx, f, in, out)
	belongsToCaller(ctx, &out.Attr)
	return errno
}

// Getattr shows the caller as the owner.
func (n *ownedNode) Getattr(ctx context.Context, f fusefs.FileHandle, out *fuse.AttrOut) syscall.Errno {
	errno := n.LoopbackNode.Getattr(ctx, f, out)
	belongsToCaller(ctx, &out.Attr)
	return errno
}

// Statx is left to Getattr.
func (n *ownedNode) Statx(context.Context, fusefs.FileHandle, uint32, uint32, *fuse.StatxOut) syscall.Errno {
	return syscall.ENOSYS
}

// Lookup shows the caller as the owner.
func (n *ownedNode) Lookup(ctx context.Context, name string, out *fuse.EntryOut) (*fusefs.Inode, syscall.Errno) {
	node, errno := n.LoopbackNode.Lookup(ctx, name, out)
	belongsToCaller(ctx, &out.Attr)
	return node, errno
}

// Create makes a file of the Mac's user.
func (n *ownedNode) Create(ctx context.Context, name string, flags, mode uint32, out *fuse.EntryOut) (*fusefs.Inode, fusefs.FileHandle, uint32, syscall.Errno) {
	node, file, fuseFlags, errno := n.LoopbackNode.Create(ctx, name, flags, mode, out)
	return node, file, fuseFlags, n.made(ctx, name, out, errno)
}

// Mkdir makes a folder of the Mac's user.
func (n *ownedNode) Mkdir(ctx context.Context, name string, mode uint32, out *fuse.EntryOut) (*fusefs.Inode, syscall.Errno) {
	node, errno := n.LoopbackNode.Mkdir(ctx, name, mode, out)
	return node, n.made(ctx, name, out, errno)
}

// Mknod makes a special file of the Mac's user.
func (n *ownedNode) Mknod(ctx context.Context, name string, mode, device uint32, out *fuse.EntryOut) (*fusefs.Inode, syscall.Errno) {
	node, errno := n.LoopbackNode.Mknod(ctx, name, mode, device, out)
	return node, n.made(ctx, name, out, errno)
}

// Symlink makes a link of the Mac's user.
func (n *ownedNode) Symlink(ctx context.Context, target, name string, out *fuse.EntryOut) (*fusefs.Inode, syscall.Errno) {
	node, errno := n.LoopbackNode.Symlink(ctx, target, name, out)
	return node, n.made(ctx, name, out, errno)
}

// made gives a new file to the owner of the shared folder.
func (n *ownedNode) made(ctx context.Context, name string, out *fuse.EntryOut, errno syscall.Errno) syscall.Errno {
	if errno != 0 {
		return errno
	}
	var owner unix.Stat_t
	if err := unix.Stat(n.RootData.Path, &owner); err != nil {
		return fusefs.ToErrno(err)
	}
	path := filepath.Join(n.RootData.Path, n.Path(n.Root()), name)
	if err := os.Lchown(path, int(owner.Uid), int(owner.Gid)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fusefs.ToErrno(err)
	}
	belongsToCaller(ctx, &out.Attr)
	return 0
}

func belongsToCaller(ctx context.Context, attr *fuse.Attr) {
	if caller, known := fuse.FromContext(ctx); known {
		attr.Owner = caller.Owner
	}
}

// dropShares takes a container's shares away for good.
func dropShares(shares []share) error {
	for _, each := range shares {
		if err := each.unmount(); err != nil {
			return err
		}
		// Nothing is mounted there any more: what is left is an empty folder, or one with the empty file of a single-file bind.
		left, err := os.ReadDir(each.Target)
		for _, entry := range left {
			err = errors.Join(err, os.Remove(filepath.Join(each.Target, entry.Name())))
		}
		if err = errors.Join(err, os.Remove(each.Target)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("drop share of %s: %w", each.Source, err)
		}
	}
	return nil
}
