package adapter

// Capabilities says what a runtime can do and what it gives by default. Whoever needs to know asks here, not for the
// adapter's name or version.
type Capabilities struct {
	// RunsProcesses is false for a runtime that only rehearses: whoever prints says so.
	RunsProcesses bool
	// HostPlatform is the platform of images that run natively, "linux/arm64".
	HostPlatform string
	// DefaultMemory (bytes) and DefaultCPUs are what a container gets that asks for nothing; MinMemory is the least.
	DefaultMemory int64
	DefaultCPUs   int
	MinMemory     int64
	// OverheadMemory is what a VM takes beyond its container's limit; IdleMemory what an idle one touches (bytes).
	OverheadMemory int64
	IdleMemory     int64
	// BuilderMemory is what the builder takes while and after it builds.
	BuilderMemory int64
	// LabelValueEquals is false where a container's label value may not contain "=".
	LabelValueEquals bool
	// StartFailureIsExit1 is true where a start that failed and a process that exited with 1 look the same.
	StartFailureIsExit1 bool
	// VolumeSharing is true where several running containers may write to one volume.
	VolumeSharing bool
	// VolumeLostFound is true where a new volume is not empty.
	VolumeLostFound bool
	// IPv6Publish is true where a published port answers on [::] as well.
	IPv6Publish bool
}
