package support

// mountRows are about what a service's containers have mounted.
var mountRows = []Row{
	{Path: "services.*.configs", Verdict: Emulated, What: "the file on the host, or one that Hostwright writes, mounted read-only"},
	{Path: "services.*.configs.[].gid", Verdict: Changed, Told: true, What: "a file that Hostwright writes is readable for every user in the container instead; a file on the host keeps its owner"},
	{Path: "services.*.configs.[].mode", Verdict: Emulated, What: "of a file that Hostwright writes; a file on the host keeps its own"},
	{Path: "services.*.configs.[].source", Verdict: Emulated},
	{Path: "services.*.configs.[].target", Verdict: Emulated, What: "/<source> when left out"},
	{Path: "services.*.configs.[].uid", Verdict: Changed, Told: true, What: "a file that Hostwright writes is readable for every user in the container instead; a file on the host keeps its owner"},
	{Path: "services.*.secrets", Verdict: Emulated, What: "the file on the host, or one that Hostwright writes, mounted read-only"},
	{Path: "services.*.secrets.[].gid", Verdict: Changed, Told: true, What: "a file that Hostwright writes is readable for every user in the container instead; a file on the host keeps its owner"},
	{Path: "services.*.secrets.[].mode", Verdict: Emulated, What: "of a file that Hostwright writes; a file on the host keeps its own"},
	{Path: "services.*.secrets.[].source", Verdict: Emulated},
	{Path: "services.*.secrets.[].target", Verdict: Emulated, What: "/run/secrets/<source> when left out"},
	{Path: "services.*.secrets.[].uid", Verdict: Changed, Told: true, What: "a file that Hostwright writes is readable for every user in the container instead; a file on the host keeps its owner"},
	{Path: "services.*.tmpfs", Verdict: Supported, What: "size, mode, uid, gid; uid and gid need runtime 1.3.0", Cases: []Case{
		{When: "other options", Verdict: Changed, What: "left out"}}},
	{Path: "services.*.volumes", Verdict: Supported},
	{Path: "services.*.volumes.[].bind", Verdict: Supported},
	{Path: "services.*.volumes.[].bind.create_host_path", Verdict: Emulated, What: "a missing directory is made"},
	{Path: "services.*.volumes.[].bind.propagation", Verdict: Changed, What: "mounts do not propagate between the host and a VM", Cases: []Case{
		{When: "private, rprivate", Holds: is("private", "rprivate"), Verdict: Supported, What: "so it is"}}},
	{Path: "services.*.volumes.[].bind.recursive", Verdict: Ignored, What: "the directory is shared with everything below it"},
	{Path: "services.*.volumes.[].bind.selinux", Verdict: Ignored, What: "there are no SELinux labels"},
	{Path: "services.*.volumes.[].consistency", Verdict: Ignored, What: "a hint for old versions of Docker Desktop"},
	{Path: "services.*.volumes.[].image", Below: true, Verdict: Refused, What: "images cannot be mounted", Instead: "copy the files into the image with COPY --from"},
	{Path: "services.*.volumes.[].read_only", Verdict: Supported},
	{Path: "services.*.volumes.[].source", Verdict: Supported},
	{Path: "services.*.volumes.[].target", Verdict: Supported},
	{Path: "services.*.volumes.[].tmpfs", Verdict: Supported},
	{Path: "services.*.volumes.[].tmpfs.mode", Verdict: Supported},
	{Path: "services.*.volumes.[].tmpfs.size", Verdict: Supported},
	{Path: "services.*.volumes.[].type", Verdict: Supported, Cases: []Case{
		{When: "image", Holds: is("image"), Verdict: Refused, What: "images cannot be mounted", Instead: "copy the files into the image with COPY --from"},
		{When: "npipe", Holds: is("npipe"), Verdict: Refused, What: "named pipes are for Windows containers", Instead: "remove it"},
		{When: "cluster", Holds: is("cluster"), Verdict: Refused, What: "cluster volumes need Swarm", Instead: "use a volume or a bind mount"}}},
	{Path: "services.*.volumes.[].volume", Verdict: Supported},
	{Path: "services.*.volumes.[].volume.labels", Below: true, Verdict: Supported, What: "of an anonymous volume"},
	{Path: "services.*.volumes.[].volume.nocopy", Verdict: Emulated, What: "a new volume stays empty"},
	{Path: "services.*.volumes.[].volume.subpath", Verdict: Refused, What: "a part of a volume cannot be mounted", Instead: "use a volume of its own"},
	{Path: "services.*.volumes_from", Verdict: Emulated, What: "the other service's binds and named volumes, mounted again", Cases: []Case{
		{When: "container:, an anonymous volume", Verdict: Refused, What: "not known by name", Instead: "give the volume a name"}}},
}
