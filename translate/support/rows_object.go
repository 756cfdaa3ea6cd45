package support

// objectRows are about networks, volumes, secrets and configs of the top level.
var objectRows = []Row{
	{Path: "configs.*.content", Verdict: Emulated, What: "a file that Hostwright writes"},
	{Path: "configs.*.environment", Verdict: Emulated, What: "a file that Hostwright writes"},
	{Path: "configs.*.external", Below: true, Verdict: Refused, What: "external configs are Swarm's", Instead: "use file, environment or content"},
	{Path: "configs.*.file", Verdict: Emulated, What: "mounted read-only"},
	{Path: "configs.*.labels", Below: true, Verdict: Ignored, What: swarm},
	{Path: "configs.*.name", Verdict: Supported, What: "in messages only"},
	{Path: "configs.*.template_driver", Verdict: Refused, What: "templates are Swarm's", Instead: "use file, environment or content"},
	{Path: "networks.*.attachable", Verdict: Ignored, What: swarm},
	{Path: "networks.*.driver", Verdict: Refused, What: "the runtime has one kind of network", Instead: "leave the driver out", Cases: []Case{
		{When: "bridge, default", Holds: is("bridge", "default", ""), Verdict: Supported}}},
	{Path: "networks.*.driver_opts", Below: true, Verdict: Supported, What: "com.docker.network.driver.mtu", Cases: []Case{
		{When: "other options", Verdict: Ignored, What: "the runtime's networks have no such option"}}},
	{Path: "networks.*.enable_ipv4", Verdict: Supported, What: "networks always have IPv4", Cases: []Case{
		{When: "false", Holds: is("false"), Verdict: Refused, What: "networks always have IPv4", Instead: "remove it"}}},
	{Path: "networks.*.enable_ipv6", Verdict: Supported, What: "with the IPv6 subnet given under ipam, else one that the runtime chooses; a note says so"},
	{Path: "networks.*.external", Below: true, Verdict: Supported, What: "it must exist; it is never touched"},
	{Path: "networks.*.internal", Verdict: Supported},
	{Path: "networks.*.ipam", Verdict: Supported},
	{Path: "networks.*.ipam.config", Verdict: Supported},
	{Path: "networks.*.ipam.config.[].aux_addresses", Below: true, Verdict: Changed, What: "no address is set aside"},
	{Path: "networks.*.ipam.config.[].gateway", Verdict: Changed, What: "the gateway is the subnet's first address"},
	{Path: "networks.*.ipam.config.[].ip_range", Verdict: Changed, What: "addresses come from the whole subnet"},
	{Path: "networks.*.ipam.config.[].subnet", Verdict: Supported, What: "one of each family"},
	{Path: "networks.*.ipam.driver", Verdict: Refused, What: "the runtime gives the addresses", Instead: "leave the driver out", Cases: []Case{
		{When: "default", Holds: is("default", ""), Verdict: Supported}}},
	{Path: "networks.*.ipam.options", Below: true, Verdict: Ignored, What: "the runtime gives the addresses"},
	{Path: "networks.*.labels", Below: true, Verdict: Supported},
	{Path: "networks.*.name", Verdict: Supported, What: "lower case, at most 63 characters; what is changed is noted"},
	{Path: "secrets.*.driver", Verdict: Refused, What: "secret drivers are Swarm's", Instead: "use file or environment"},
	{Path: "secrets.*.driver_opts", Below: true, Verdict: Refused, What: "secret drivers are Swarm's", Instead: "use file or environment"},
	{Path: "secrets.*.environment", Verdict: Emulated, What: "a file that Hostwright writes"},
	{Path: "secrets.*.external", Below: true, Verdict: Refused, What: "external secrets are Swarm's", Instead: "use file or environment"},
	{Path: "secrets.*.file", Verdict: Emulated, What: "mounted read-only"},
	{Path: "secrets.*.labels", Below: true, Verdict: Ignored, What: swarm},
	{Path: "secrets.*.name", Verdict: Supported, What: "in messages only"},
	{Path: "secrets.*.template_driver", Verdict: Refused, What: "templates are Swarm's", Instead: "use file or environment"},
	{Path: "volumes.*.driver", Verdict: Refused, What: "the runtime has one kind of volume", Instead: "leave the driver out, or mount it on the host and bind-mount the directory", Cases: []Case{
		{When: "local", Holds: is("local", ""), Verdict: Supported}}},
	{Path: "volumes.*.driver_opts", Below: true, Verdict: Supported, What: "size; o: bind makes it a bind mount, type: tmpfs a tmpfs", Cases: []Case{
		{When: "nfs, cifs and other types", Verdict: Refused, What: "not mounted by the runtime", Instead: "mount it on the host and bind-mount the directory"},
		{When: "other options", Verdict: Ignored, What: "the runtime's volumes have no such option"}}},
	{Path: "volumes.*.external", Below: true, Verdict: Supported, What: "it must exist; it is never touched"},
	{Path: "volumes.*.labels", Below: true, Verdict: Supported},
	{Path: "volumes.*.name", Verdict: Supported, What: "lower case, at most 63 characters; what is changed is noted"},
}
