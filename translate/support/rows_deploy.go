package support

// swarm is why most of deploy has no effect.
const swarm = "only Swarm uses it; Docker Compose ignores it too"

// deployRows are about deploy.
var deployRows = []Row{
	{Path: "services.*.deploy", Verdict: Supported},
	{Path: "services.*.deploy.endpoint_mode", Verdict: Ignored, What: swarm},
	{Path: "services.*.deploy.labels", Below: true, Verdict: Ignored, What: swarm, Instead: "use labels of the service"},
	{Path: "services.*.deploy.mode", Verdict: Ignored, What: swarm, Cases: []Case{
		{When: "replicated", Holds: is("replicated"), Verdict: Supported, What: "so it is"}}},
	{Path: "services.*.deploy.placement", Below: true, Verdict: Ignored, What: swarm},
	{Path: "services.*.deploy.replicas", Verdict: Emulated, What: "so many containers"},
	{Path: "services.*.deploy.resources", Verdict: Supported},
	{Path: "services.*.deploy.resources.limits", Verdict: Supported},
	{Path: "services.*.deploy.resources.limits.cpus", Verdict: Supported, What: "as cpus"},
	{Path: "services.*.deploy.resources.limits.memory", Verdict: Supported, What: "as mem_limit"},
	{Path: "services.*.deploy.resources.limits.pids", Verdict: Changed, What: "the number of processes is not limited", Instead: "use ulimits: nproc"},
	{Path: "services.*.deploy.resources.reservations", Verdict: Supported},
	{Path: "services.*.deploy.resources.reservations.cpus", Verdict: Ignored, What: "nothing is reserved; Docker Compose ignores it too"},
	{Path: "services.*.deploy.resources.reservations.devices", Below: true, Verdict: Refused, What: "a VM has no GPU or other host device", Instead: "run the service that needs it on the host"},
	{Path: "services.*.deploy.resources.reservations.generic_resources", Below: true, Verdict: Ignored, What: swarm},
	{Path: "services.*.deploy.resources.reservations.memory", Verdict: Emulated, What: "counts in the memory estimate"},
	{Path: "services.*.deploy.restart_policy", Below: true, Verdict: Emulated, What: "Hostwright restarts; it wins over restart"},
	{Path: "services.*.deploy.rollback_config", Below: true, Verdict: Ignored, What: swarm},
	{Path: "services.*.deploy.update_config", Below: true, Verdict: Ignored, What: swarm},
}
