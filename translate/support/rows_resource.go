package support

// vmOwn is why host-wide tuning has no effect.
const vmOwn = "each container has a VM, and a kernel, of its own"

// resourceRows are about limits, rights and what is shared with the host.
var resourceRows = []Row{
	{Path: "services.*.blkio_config", Verdict: Supported},
	{Path: "services.*.blkio_config.device_read_bps", Below: true, Verdict: Changed, What: "disks are not throttled"},
	{Path: "services.*.blkio_config.device_read_iops", Below: true, Verdict: Changed, What: "disks are not throttled"},
	{Path: "services.*.blkio_config.device_write_bps", Below: true, Verdict: Changed, What: "disks are not throttled"},
	{Path: "services.*.blkio_config.device_write_iops", Below: true, Verdict: Changed, What: "disks are not throttled"},
	{Path: "services.*.blkio_config.weight", Verdict: Ignored, What: vmOwn},
	{Path: "services.*.blkio_config.weight_device", Below: true, Verdict: Ignored, What: vmOwn},
	{Path: "services.*.cap_add", Verdict: Supported},
	{Path: "services.*.cap_drop", Verdict: Supported},
	{Path: "services.*.cgroup", Verdict: Ignored, What: vmOwn, Cases: []Case{
		{When: "host", Holds: is("host"), Verdict: Changed, What: "the host's control groups cannot be shared: " + vmOwn}}},
	{Path: "services.*.cgroup_parent", Verdict: Ignored, What: vmOwn},
	{Path: "services.*.cpu_count", Verdict: Ignored, What: "for Windows containers", Instead: "use cpus"},
	{Path: "services.*.cpu_percent", Verdict: Ignored, What: "for Windows containers", Instead: "use cpus"},
	{Path: "services.*.cpu_period", Verdict: Emulated, What: "with cpu_quota: quota / period CPUs, rounded up"},
	{Path: "services.*.cpu_quota", Verdict: Emulated, What: "quota / period CPUs, rounded up; a note says so"},
	{Path: "services.*.cpu_rt_period", Verdict: Ignored, What: vmOwn},
	{Path: "services.*.cpu_rt_runtime", Verdict: Ignored, What: vmOwn},
	{Path: "services.*.cpu_shares", Verdict: Ignored, What: "VMs are scheduled by the host", Instead: "use cpus"},
	{Path: "services.*.cpus", Verdict: Supported, Cases: []Case{
		{When: "a fraction", Verdict: Changed, Mild: true, What: "rounded up to whole virtual CPUs"}}},
	{Path: "services.*.cpuset", Verdict: Ignored, What: "VMs are scheduled by the host", Instead: "use cpus"},
	{Path: "services.*.device_cgroup_rules", Verdict: Refused, What: "host devices cannot be given to a VM", Instead: "remove it"},
	{Path: "services.*.devices", Below: true, Verdict: Refused, What: "host devices cannot be given to a VM", Instead: "run the service that needs the device on the host"},
	{Path: "services.*.gpus", Below: true, Verdict: Refused, What: "a VM has no GPU", Instead: "run the service that needs it on the host"},
	{Path: "services.*.ipc", Verdict: Refused, What: "IPC cannot be shared between VMs", Instead: "put the processes into one container", Cases: []Case{
		{When: "private, shareable, none", Holds: is("private", "shareable", "none"), Verdict: Supported},
		{When: "host", Holds: is("host"), Verdict: Changed, What: "the host's IPC cannot be shared: " + vmOwn}}},
	{Path: "services.*.mem_limit", Verdict: Supported, What: "the size of the VM", Cases: []Case{
		{When: "less than the runtime's minimum", Verdict: Changed, Mild: true, What: "raised to the minimum"}}},
	{Path: "services.*.mem_reservation", Verdict: Emulated, What: "counts in the memory estimate; a VM takes memory as it touches it"},
	{Path: "services.*.mem_swappiness", Verdict: Ignored, What: "VMs have no swap"},
	{Path: "services.*.memswap_limit", Verdict: Ignored, What: "VMs have no swap"},
	{Path: "services.*.oom_kill_disable", Verdict: Ignored, What: vmOwn + ", and memory of its own"},
	{Path: "services.*.oom_score_adj", Verdict: Ignored, What: vmOwn + ", and memory of its own"},
	{Path: "services.*.pid", Verdict: Refused, What: "processes cannot be shared: " + vmOwn, Instead: "put the processes into one container"},
	{Path: "services.*.pids_limit", Verdict: Changed, What: "the number of processes is not limited", Instead: "use ulimits: nproc"},
	{Path: "services.*.privileged", Verdict: Changed, What: "all capabilities, inside its own VM; no host devices",
		Instead: "name the capabilities under cap_add"},
	{Path: "services.*.security_opt", Verdict: Changed, What: "the runtime has no such option", Instead: "the VM is the border; remove it", Cases: []Case{
		{When: "seccomp, apparmor, label", Holds: only(begins("seccomp", "apparmor", "label")), Verdict: Ignored, What: "the VM is the border"},
		{When: "no-new-privileges", Holds: only(begins("no-new-privileges", "seccomp", "apparmor", "label")), Verdict: Changed,
			What: "set-user-ID programs keep their effect inside the VM", Instead: "run as a user, from an image without such programs"}}},
	{Path: "services.*.shm_size", Verdict: Supported},
	{Path: "services.*.storage_opt", Below: true, Verdict: Ignored, What: "the root file system has the runtime's size"},
	{Path: "services.*.sysctls", Below: true, Verdict: Refused, What: "the runtime cannot set kernel parameters",
		Instead: "set them in the image's entrypoint with cap_add: SYS_ADMIN, or remove them"},
	{Path: "services.*.ulimits", Below: true, Verdict: Supported},
	{Path: "services.*.userns_mode", Verdict: Ignored, What: vmOwn},
	{Path: "services.*.uts", Verdict: Ignored, What: vmOwn, Cases: []Case{
		{When: "host", Holds: is("host"), Verdict: Changed, What: "the host's name cannot be shared: " + vmOwn}}},
}
