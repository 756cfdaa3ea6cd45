package adapter

// The operations as Error.Op names them, one for each method that reaches the runtime.
const (
	OpListContainers   = "list containers"
	OpInspectContainer = "inspect container"
	OpCreateContainer  = "create container"
	OpStartContainer   = "start container"
	OpStopContainer    = "stop container"
	OpKillContainer    = "kill container"
	OpDeleteContainer  = "delete container"
	OpExec             = "exec in container"
	OpStats            = "read usage of containers"

	OpListImages  = "list images"
	OpPullImage   = "pull image"
	OpPushImage   = "push image"
	OpBuildImage  = "build image"
	OpImageConfig = "read config of image"
	OpTagImage    = "tag image"
	OpDeleteImage = "delete image"

	OpListNetworks  = "list networks"
	OpCreateNetwork = "create network"
	OpDeleteNetwork = "delete network"

	OpListVolumes  = "list volumes"
	OpCreateVolume = "create volume"
	OpDeleteVolume = "delete volume"

	OpListLogins = "list logins"
	OpLogin      = "log in to"
	OpLogout     = "log out of"

	OpVersion = "ask the version"
	OpPing    = "ask the status"

	OpStartServices = "start the services"
)

// mutating are the operations that change the runtime. Exec is none: what its process does is the container's own.
var mutating = map[string]bool{
	OpCreateContainer: true, OpStartContainer: true, OpStopContainer: true, OpKillContainer: true, OpDeleteContainer: true,
	OpPullImage: true, OpPushImage: true, OpBuildImage: true, OpTagImage: true, OpDeleteImage: true,
	OpCreateNetwork: true, OpDeleteNetwork: true, OpCreateVolume: true, OpDeleteVolume: true,
	OpLogin: true, OpLogout: true, OpStartServices: true,
}

// Mutates tells whether an operation changes the runtime. A read may be repeated, a mutation may not.
func Mutates(op string) bool { return mutating[op] }
