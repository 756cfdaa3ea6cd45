//go:build linux

package main

// The types of this file are the JSON of reference 3.1, 3.3 and 3.4: what list and inspect print, and what the state keeps.

// containerConfiguration is a container as it was asked for; it never changes after create.
type containerConfiguration struct {
	ID               string             `json:"id"`
	CreationDate     swiftDate          `json:"creationDate"`
	Image            imageDescription   `json:"image"`
	InitProcess      processConfig      `json:"initProcess"`
	Labels           map[string]string  `json:"labels"`
	Mounts           []filesystem       `json:"mounts"`
	PublishedPorts   []publishedPort    `json:"publishedPorts"`
	PublishedSockets []publishedSocket  `json:"publishedSockets"`
	Networks         []wantedAttachment `json:"networks"`
	DNS              *dnsConfig         `json:"dns,omitempty"`
	Platform         platform           `json:"platform"`
	Resources        resources          `json:"resources"`
	RuntimeHandler   string             `json:"runtimeHandler"`
	Rosetta          bool               `json:"rosetta"`
	Virtualization   bool               `json:"virtualization"`
	SSH              bool               `json:"ssh"`
	ReadOnly         bool               `json:"readOnly"`
	UseInit          bool               `json:"useInit"`
	CapAdd           []string           `json:"capAdd"`
	CapDrop          []string           `json:"capDrop"`
	Sysctls          map[string]string  `json:"sysctls"`
	ShmSize          *uint64            `json:"shmSize,omitempty"`
	StopSignal       string             `json:"stopSignal,omitempty"`
	MaskedPaths      *[]string          `json:"maskedPaths,omitempty"`
	ReadonlyPaths    *[]string          `json:"readonlyPaths,omitempty"`
}

// imageDescription names an image: its reference and the descriptor of its index.
type imageDescription struct {
	Reference  string     `json:"reference"`
	Descriptor descriptor `json:"descriptor"`
}

// descriptor is an OCI descriptor.
type descriptor struct {
	MediaType string `json:"mediaType"`
	Digest    string `json:"digest"`
	Size      int64  `json:"size"`
}

type processConfig struct {
	Executable         string      `json:"executable"`
	Arguments          []string    `json:"arguments"`
	Environment        []string    `json:"environment"`
	WorkingDirectory   string      `json:"workingDirectory"`
	Terminal           bool        `json:"terminal"`
	User               processUser `json:"user"`
	SupplementalGroups []uint32    `json:"supplementalGroups"`
	Rlimits            []rlimit    `json:"rlimits"`
}

// processUser is a Swift enum: exactly one field is set.
type processUser struct {
	ID  *userID  `json:"id,omitempty"`
	Raw *rawUser `json:"raw,omitempty"`
}

type userID struct {
	UID uint32 `json:"uid"`
	GID uint32 `json:"gid"`
}

type rawUser struct {
	UserString string `json:"userString"`
}

type rlimit struct {
	Limit string `json:"limit"`
	Soft  uint64 `json:"soft"`
	Hard  uint64 `json:"hard"`
}

// filesystem is one mount.
type filesystem struct {
	Type        filesystemType `json:"type"`
	Source      string         `json:"source"`
	Destination string         `json:"destination"`
	Options     []string       `json:"options"`
}

// filesystemType is a Swift enum: exactly one field is set.
type filesystemType struct {
	Virtiofs *struct{}     `json:"virtiofs,omitempty"`
	Tmpfs    *struct{}     `json:"tmpfs,omitempty"`
	Volume   *volumeTarget `json:"volume,omitempty"`
}

type volumeTarget struct {
	Name   string    `json:"name"`
	Format string    `json:"format"`
	Cache  cacheMode `json:"cache"`
	Sync   syncMode  `json:"sync"`
}

type cacheMode struct {
	On struct{} `json:"on"`
}

type syncMode struct {
	Fsync struct{} `json:"fsync"`
}

// readOnly says whether the mount has the one option that the runtime understands.
func (f filesystem) readOnly() bool {
	for _, option := range f.Options {
		if option == "ro" {
			return true
		}
	}
	return false
}

type publishedPort struct {
	HostAddress   string `json:"hostAddress"`
	HostPort      uint16 `json:"hostPort"`
	ContainerPort uint16 `json:"containerPort"`
	Proto         string `json:"proto"`
	Count         uint16 `json:"count"`
}

type publishedSocket struct {
	ContainerPath string `json:"containerPath"`
	HostPath      string `json:"hostPath"`
}

// wantedAttachment is a network as asked for at create.
type wantedAttachment struct {
	Network string            `json:"network"`
	Options attachmentOptions `json:"options"`
}

type attachmentOptions struct {
	Hostname   string `json:"hostname"`
	MACAddress string `json:"macAddress,omitempty"`
	MTU        uint32 `json:"mtu"`
}

type dnsConfig struct {
	Nameservers   []string `json:"nameservers"`
	Domain        string   `json:"domain,omitempty"`
	SearchDomains []string `json:"searchDomains"`
	Options       []string `json:"options"`
}

type platform struct {
	OS           string `json:"os"`
	Architecture string `json:"architecture"`
	Variant      string `json:"variant,omitempty"`
}

type resources struct {
	CPUs          int64  `json:"cpus"`
	MemoryInBytes uint64 `json:"memoryInBytes"`
	CPUOverhead   *int   `json:"cpuOverhead,omitempty"`
}

// attachment is an address that a running container has.
type attachment struct {
	Network     string `json:"network"`
	Hostname    string `json:"hostname"`
	IPv4Address string `json:"ipv4Address"`
	IPv4Gateway string `json:"ipv4Gateway"`
	IPv6Address string `json:"ipv6Address,omitempty"`
	MACAddress  string `json:"macAddress,omitempty"`
	MTU         uint32 `json:"mtu,omitempty"`
	Variant     string `json:"variant,omitempty"`
}

// containerStatus is all that the runtime tells about a container's life: no exit code, no finish date.
type containerStatus struct {
	State       string       `json:"state"`
	StartedDate *swiftDate   `json:"startedDate,omitempty"`
	Networks    []attachment `json:"networks"`
}

// managedContainer is one element of list and inspect.
type managedContainer struct {
	ID            string                 `json:"id"`
	Configuration containerConfiguration `json:"configuration"`
	Status        containerStatus        `json:"status"`
}

// volumeConfiguration is a volume as list and inspect show it.
type volumeConfiguration struct {
	Name         string            `json:"name"`
	Driver       string            `json:"driver"`
	Format       string            `json:"format"`
	Source       string            `json:"source"`
	CreationDate swiftDate         `json:"creationDate"`
	Labels       map[string]string `json:"labels"`
	Options      map[string]string `json:"options"`
	SizeInBytes  uint64            `json:"sizeInBytes"`
}

type volumeResource struct {
	ID            string              `json:"id"`
	Configuration volumeConfiguration `json:"configuration"`
}

// networkConfiguration is a network as it was asked for.
type networkConfiguration struct {
	Name         string            `json:"name"`
	CreationDate swiftDate         `json:"creationDate"`
	Mode         string            `json:"mode"`
	IPv4Subnet   string            `json:"ipv4Subnet,omitempty"`
	IPv6Subnet   string            `json:"ipv6Subnet,omitempty"`
	Labels       map[string]string `json:"labels"`
	Plugin       string            `json:"plugin"`
	Options      map[string]string `json:"options"`
}

type networkStatus struct {
	IPv4Subnet  string `json:"ipv4Subnet"`
	IPv4Gateway string `json:"ipv4Gateway"`
	IPv6Subnet  string `json:"ipv6Subnet,omitempty"`
}

type networkResource struct {
	ID            string               `json:"id"`
	Configuration networkConfiguration `json:"configuration"`
	Status        networkStatus        `json:"status"`
}
