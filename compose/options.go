package compose

import (
	"io"
	"path/filepath"
	"strings"
)

// Options say what to load. The zero value of each field means that it was not given; only Dir and Env are the
// caller's to fill always.
type Options struct {
	// Dir is the caller's current directory, absolute. Files, ProjectDir and EnvFiles are relative to it.
	Dir string
	// Env is the caller's environment as os.Environ gives it. It wins over .env.
	Env []string
	// Files are the compose files (-f) in order, "-" for Stdin. None: COMPOSE_FILE, else the search upwards from Dir.
	Files []string
	// Stdin is read when a file is "-"; nil is an empty one.
	Stdin io.Reader
	// Name is the project's name (-p), which must be a normal one already.
	Name string
	// ProjectDir (--project-directory) replaces the directory of the first file.
	ProjectDir string
	// EnvFiles (--env-file) replace .env; they must exist.
	EnvFiles []string
	// Profiles (--profile) replace COMPOSE_PROFILES.
	Profiles []string

	// Services are the services wanted, with what they depend on; none means all that the profiles allow. Naming a
	// service switches its own profiles on.
	Services []string
	// NoDeps leaves out what Services depend on.
	NoDeps bool
	// Scale sets replicas by service (--scale).
	Scale map[string]int
	// AllResources keeps networks, volumes, secrets and configs that no chosen service uses.
	AllResources bool

	// For "config": leave out a phase of the loader. With NoInterpolate a file with variables where a number or a list
	// belongs has no typed project: use LoadModel.
	NoInterpolate, NoNormalize, NoPathResolution, NoConsistency, NoEnvResolution bool
	// NoValidation leaves out the check against the schema, for who only looks for variables.
	NoValidation bool
}

// abs makes a path of the caller absolute.
func (o *Options) abs(path string) string {
	if path == "" || path == "-" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(o.Dir, path)
}

// env looks a variable up in the caller's environment.
func (o *Options) env(key string) (string, bool) {
	for _, entry := range o.Env {
		if k, v, _ := strings.Cut(entry, "="); k == key {
			return v, true
		}
	}
	return "", false
}
