package declared

// Labels that Docker Compose puts on its containers, networks and volumes; tools and habits read them
// (docker/compose v5, pkg/api/labels.go).
const (
	LabelProject     = "com.docker.compose.project"
	LabelService     = "com.docker.compose.service"
	LabelNumber      = "com.docker.compose.container-number"
	LabelOneOff      = "com.docker.compose.oneoff" // "True" or "False"
	LabelConfigHash  = "com.docker.compose.config-hash"
	LabelImageDigest = "com.docker.compose.image"
	LabelDependsOn   = "com.docker.compose.depends_on"
	LabelWorkingDir  = "com.docker.compose.project.working_dir"
	LabelConfigFiles = "com.docker.compose.project.config_files"
	LabelEnvFiles    = "com.docker.compose.project.environment_file"
	LabelVersion     = "com.docker.compose.version"
	LabelNetwork     = "com.docker.compose.network"
	LabelVolume      = "com.docker.compose.volume"
	LabelSlug        = "com.docker.compose.slug"
)

// Labels of our own. The sub-prefix keeps them apart from the keys that Hostwright itself reserves. OwnLedger is one
// of the three proofs of ownership; OwnRuntime is the runtime's version at creation, since copying into a container of
// an older runtime does nothing, silently.
const (
	OwnProject = "dev.hostwright.compose.project"
	OwnService = "dev.hostwright.compose.service"
	OwnNumber  = "dev.hostwright.compose.number"
	OwnOneOff  = "dev.hostwright.compose.oneoff"
	OwnAliases = "dev.hostwright.compose.aliases" // "true" on a one-off that answers to its service's names
	OwnLedger  = "dev.hostwright.compose.ledger"
	OwnHash    = "dev.hostwright.compose.hash"
	OwnRuntime = "dev.hostwright.compose.runtime"
	OwnKey     = "dev.hostwright.compose.key"    // key of a network or volume in the compose file
	OwnTarget  = "dev.hostwright.compose.target" // of an anonymous volume: its path in the container
)
