//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"golang.org/x/sync/errgroup"
)

// parallelBuilds bounds how many images are built at a time.
const parallelBuilds = 3

// buildImages makes the recipes' images that the open registry does not hold yet.
func (l layout) buildImages(ctx context.Context, recipes []recipe, p *progress) error {
	sources, err := l.debianSources(ctx)
	if err != nil {
		return err
	}
	want, err := hashes(images, recipes, sourcesList(sources))
	if err != nil {
		return err
	}
	done := map[string]chan struct{}{}
	for _, r := range recipes {
		done[r.name] = make(chan struct{})
	}
	group, groupCtx := errgroup.WithContext(ctx)
	// A recipe may hold a slot while it waits for its base: bases come first,
	// so they have theirs.
	group.SetLimit(parallelBuilds)
	for _, r := range recipes {
		group.Go(func() error {
			if r.base != "" {
				select {
				case <-done[r.base]:
				case <-groupCtx.Done():
					return groupCtx.Err()
				}
			}
			if err := l.provide(groupCtx, r, want, sources, p); err != nil {
				return fmt.Errorf("image %s: %w", r.name, err)
			}
			close(done[r.name])
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	return l.dropOldBuilds(ctx, want)
}

// provide builds and pushes one image unless the registry has it. The name
// with the hash is pushed last: where it is, the others are.
func (l layout) provide(ctx context.Context, r recipe, want map[string]string, sources []source, p *progress) error {
	there, err := l.inMirror(ctx, "hostwright-lab/"+r.name, want[r.name])
	if err != nil || there {
		return err
	}
	p.step("building %s", r.name)
	ref := l.localRef(r.name, want[r.name])
	if r.name == baseRecipe {
		err = l.buildBase(ctx, ref, sources)
	} else {
		err = l.buildRecipe(ctx, r, ref, want[r.base])
	}
	if err != nil {
		return err
	}
	for _, name := range r.names {
		if err := l.pushAs(ctx, r.name, ref, mirrorName(name)); err != nil {
			return err
		}
		if err := l.forget(ctx, name); err != nil {
			return err
		}
	}
	if r.name == "private" {
		if err := l.pushPrivate(ctx, ref); err != nil {
			return err
		}
	}
	if err := l.logged(ctx, "push-"+r.name, l.docker(ctx, "push", ref)); err != nil {
		return err
	}
	p.step("ready: %s", strings.Join(append(r.names, r.name)[:max(1, len(r.names))], " "))
	return nil
}

// pushAs pushes the image under another name, which does not stay in the
// engine: tests shall pull it.
func (l layout) pushAs(ctx context.Context, log, ref, name string) error {
	if _, err := dockerOutput(l.docker(ctx, "tag", ref, name)); err != nil {
		return err
	}
	err := l.logged(ctx, "push-"+log, l.docker(ctx, "push", name))
	_, removeErr := dockerOutput(l.docker(ctx, "image", "rm", name))
	return errors.Join(err, removeErr)
}

// forget takes the name from what the engine pulled before: a build that starts from it would go on with the old image.
func (l layout) forget(ctx context.Context, name string) error {
	printed, err := dockerOutput(l.docker(ctx, "image", "ls", "--quiet", name))
	if err != nil || strings.TrimSpace(printed) == "" {
		return err
	}
	_, err = dockerOutput(l.docker(ctx, "image", "rm", "--force", name))
	return err
}

func (l layout) pushPrivate(ctx context.Context, ref string) error {
	login := l.docker(ctx, "login", "--username", loginUser, "--password-stdin", loginAddress)
	login.Stdin = strings.NewReader(loginPassword)
	if _, err := dockerOutput(login); err != nil {
		return err
	}
	return l.pushAs(ctx, "private", ref, privateImage)
}

// buildRecipe builds one image from its Dockerfile, on the build of its base
// that has the hash.
func (l layout) buildRecipe(ctx context.Context, r recipe, ref, baseHash string) error {
	dir := filepath.Join(l.scratch(), r.name)
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	if err := unpack(images, r.name, dir); err != nil {
		return err
	}
	if r.name == frontendRecipe {
		if err := l.compileFrontend(ctx, dir); err != nil {
			return err
		}
	}
	args := []string{"build", "--progress=plain", "--tag", ref}
	if r.base != "" {
		args = append(args, "--build-arg", "BASE="+l.localRef(r.base, baseHash))
	}
	if !l.inNetns() {
		// The machine's own network also reaches what only the machine's
		// loopback leads to: a resolver, a proxy.
		args = append(args, "--network", "host")
	}
	for _, name := range proxyVariables {
		if _, ok := os.LookupEnv(name); ok {
			args = append(args, "--build-arg", name)
		}
	}
	if err := l.logged(ctx, "build-"+r.name, l.docker(ctx, append(args, dir)...)); err != nil {
		return err
	}
	return os.RemoveAll(dir)
}

// compileFrontend makes the executable that the recipe's Dockerfile copies.
// The module's files have other names in images, since a folder with a go.mod
// would be no part of this module and could not be embedded.
func (l layout) compileFrontend(ctx context.Context, dir string) error {
	for from, to := range map[string]string{"frontend.mod": "go.mod", "frontend.sum": "go.sum"} {
		if err := os.Rename(filepath.Join(dir, from), filepath.Join(dir, to)); err != nil {
			return err
		}
	}
	build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", "dockerfile-frontend", "github.com/moby/buildkit/frontend/dockerfile/cmd/dockerfile-frontend")
	build.Dir = dir
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOWORK=off")
	return l.logged(ctx, "compile-dockerfile", build)
}

// buildBase makes a Debian system with debootstrap and imports it.
func (l layout) buildBase(ctx context.Context, ref string, sources []source) error {
	mirror, err := debianMirror(sources)
	if err != nil {
		return err
	}
	root := filepath.Join(l.scratch(), "debian")
	if err := os.RemoveAll(root); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(root), 0o755); err != nil {
		return err
	}
	debootstrap := exec.CommandContext(ctx, "debootstrap", "--variant=minbase", "--include=ca-certificates", debianSuite, root, mirror)
	if err := l.logged(ctx, "build-debian", debootstrap); err != nil {
		return err
	}
	if err := unpack(images, baseRecipe, root); err != nil {
		return err
	}
	if err := writeAptInto(ctx, root, sources); err != nil {
		return err
	}
	// What official images leave out, too. The lists are stale soon, and
	// everyone who installs a package fetches them first.
	for _, path := range []string{"var/cache/apt", "var/lib/apt/lists", "usr/share/doc", "usr/share/man", "usr/share/info", "usr/share/locale", "var/log", "debootstrap"} {
		entries, err := filepath.Glob(filepath.Join(root, path, "*"))
		if err != nil {
			return err
		}
		for _, entry := range entries {
			if err := os.RemoveAll(entry); err != nil {
				return err
			}
		}
	}
	if err := l.importTree(ctx, root, ref); err != nil {
		return err
	}
	return os.RemoveAll(root)
}

// importTree makes an image of one layer from a folder.
func (l layout) importTree(ctx context.Context, root, ref string) error {
	read, write, err := os.Pipe()
	if err != nil {
		return err
	}
	defer read.Close()
	tar := exec.CommandContext(ctx, "tar", "--directory", root, "--numeric-owner", "--create", ".")
	tar.Stdout = write
	if err := tar.Start(); err != nil {
		return errors.Join(err, write.Close())
	}
	if err := write.Close(); err != nil {
		return err
	}
	load := l.docker(ctx, "import", "--change", `CMD ["bash"]`, "--change", "ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "-", ref)
	load.Stdin = read
	err = l.logged(ctx, "import-debian", load)
	return errors.Join(err, tar.Wait())
}

// dropOldBuilds removes from the engine what earlier versions of the recipes made.
func (l layout) dropOldBuilds(ctx context.Context, want map[string]string) error {
	printed, err := dockerOutput(l.docker(ctx, "image", "ls", "--filter", "reference="+mirrorAddress+"/hostwright-lab/*", "--format", "{{.Repository}}:{{.Tag}}"))
	if err != nil {
		return err
	}
	current := map[string]bool{}
	for name, hash := range want {
		current[l.localRef(name, hash)] = true
	}
	for _, ref := range strings.Fields(printed) {
		if current[ref] {
			continue
		}
		if _, err := dockerOutput(l.docker(ctx, "image", "rm", ref)); err != nil {
			return err
		}
	}
	return nil
}

// dockerOutput runs a prepared docker command and returns its standard output.
func dockerOutput(cmd *exec.Cmd) (string, error) {
	printed, err := cmd.Output()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		return "", fmt.Errorf("docker %s: %w%s", strings.Join(cmd.Args[3:], " "), err, lastLines(string(exit.Stderr), 3))
	}
	return string(printed), err
}
