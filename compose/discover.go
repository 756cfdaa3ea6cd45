package compose

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/consts"
	"github.com/compose-spec/compose-go/v2/paths"
)

// discover finds the compose files, the project directory and the environment for interpolation. The order of the
// steps is the order in which they override each other: the first .env may set COMPOSE_FILE, which decides where the
// second .env is (docker/compose v5, cmd/compose, toProjectOptions).
func discover(o *Options) (*cli.ProjectOptions, error) {
	files := make([]string, 0, len(o.Files))
	for _, f := range o.Files {
		if !remote(f) {
			f = o.abs(f)
		}
		files = append(files, f)
	}
	start := o.abs(o.ProjectDir)
	if start == "" && !hasLocal(files) {
		start = o.Dir
	}
	return cli.NewProjectOptions(files,
		cli.WithWorkingDirectory(start),
		cli.WithEnv(o.Env),
		withPWD(o.Dir),
		cli.WithResourceLoader(noRemotes{}),
		withDotEnv(o),
		withComposeFile(o),
		cli.WithDefaultConfigPath,
		withProjectDir(o),
		withDotEnv(o),
		cli.WithName(o.Name),
	)
}

func hasLocal(files []string) bool {
	for _, f := range files {
		if f != "-" && !remote(f) {
			return true
		}
	}
	return false
}

// withPWD gives files that speak of ${PWD} the caller's directory when the environment does not.
func withPWD(dir string) cli.ProjectOptionsFn {
	return func(p *cli.ProjectOptions) error {
		if _, ok := p.Environment["PWD"]; !ok {
			p.Environment["PWD"] = dir
		}
		return nil
	}
}

// withDotEnv reads --env-file, or .env of the project directory as far as it is known, below what is set already.
func withDotEnv(o *Options) cli.ProjectOptionsFn {
	return func(p *cli.ProjectOptions) error {
		files := o.envFiles()
		if len(files) == 0 {
			off, err := envFileOff(o)
			if err != nil || off {
				return err
			}
		}
		if err := cli.WithEnvFiles(files...)(p); err != nil {
			return err
		}
		return cli.WithDotEnv(p)
	}
}

// envFiles gives the files of --env-file as absolute paths.
func (o *Options) envFiles() []string {
	var files []string
	for _, f := range o.EnvFiles {
		files = append(files, o.abs(paths.ExpandUser(f)))
	}
	return files
}

// envFileOff reads COMPOSE_DISABLE_ENV_FILE, where rubbish is an error, unlike in other variables.
func envFileOff(o *Options) (bool, error) {
	v, ok := o.env(consts.ComposeDisableDefaultEnvFile)
	if !ok {
		return false, nil
	}
	return strconv.ParseBool(v)
}

// withComposeFile reads COMPOSE_FILE, whose entries are relative to the caller's directory and not to the process's.
func withComposeFile(o *Options) cli.ProjectOptionsFn {
	return func(p *cli.ProjectOptions) error {
		given, ok := p.Environment[consts.ComposeFilePath]
		if !ok {
			return nil
		}
		sep := p.Environment[consts.ComposePathSeparator]
		if sep == "" {
			sep = string(os.PathListSeparator)
		}
		entries := strings.Split(given, sep)
		for i, e := range entries {
			if !remote(e) {
				entries[i] = o.abs(e)
			}
		}
		p.Environment[consts.ComposeFilePath] = strings.Join(entries, sep)
		err := cli.WithConfigFileEnv(p)
		p.Environment[consts.ComposeFilePath] = given
		return err
	}
}

// withProjectDir sets the directory that the files just found decide: unless it was given, the first local file's.
func withProjectDir(o *Options) cli.ProjectOptionsFn {
	return func(p *cli.ProjectOptions) error {
		if o.ProjectDir != "" {
			return nil
		}
		p.WorkingDir = o.Dir
		for _, f := range p.ConfigPaths {
			if f != "-" && !remote(f) {
				p.WorkingDir = filepath.Dir(f)
				break
			}
		}
		return nil
	}
}
