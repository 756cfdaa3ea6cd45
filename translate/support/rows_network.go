package support

// networkRows are about how a service is reached and what it reaches.
var networkRows = []Row{
	{Path: "services.*.dns", Verdict: Supported},
	{Path: "services.*.dns_opt", Verdict: Supported},
	{Path: "services.*.dns_search", Verdict: Supported},
	{Path: "services.*.expose", Verdict: Supported, What: "shown by ps, as on Docker; every port is open on the network"},
	{Path: "services.*.external_links", Verdict: Refused, What: "containers outside of the project are not known by name", Instead: "join their network as an external one and use extra_hosts"},
	{Path: "services.*.extra_hosts", Below: true, Verdict: Emulated, What: "lines of the container's hosts file; host-gateway is this machine"},
	{Path: "services.*.links", Verdict: Emulated, What: "lines of the container's hosts file, and a dependency"},
	{Path: "services.*.mac_address", Verdict: Supported, What: "on the first network"},
	{Path: "services.*.network_mode", Verdict: Refused, What: "a network mode of this name does not exist", Instead: "name the network under networks", Cases: []Case{
		{When: "none", Holds: is("none"), Verdict: Supported},
		{When: "bridge, default", Holds: is("bridge", "default"), Verdict: Supported, What: "the project's default network; a note says so"},
		{When: "host", Holds: is("host"), Verdict: Refused, What: "a VM has a network of its own and cannot use the host's",
			Instead: "publish ports, and reach this machine as host.docker.internal"},
		{When: "service:, container:", Holds: begins("service:", "container:"), Verdict: Refused, What: "two VMs cannot share a network stack",
			Instead: "join the same networks and use the service's name"}}},
	{Path: "services.*.networks", Verdict: Supported},
	{Path: "services.*.networks.*", Verdict: Supported},
	{Path: "services.*.networks.*.aliases", Verdict: Emulated, What: "lines of the hosts files of that network"},
	{Path: "services.*.networks.*.driver_opts", Below: true, Verdict: Supported, What: "com.docker.network.driver.mtu", Cases: []Case{
		{When: "other options", Verdict: Ignored, What: "the runtime's networks have no such option"}}},
	{Path: "services.*.networks.*.gw_priority", Verdict: Emulated, What: "the network with the highest comes first and gives the default route"},
	{Path: "services.*.networks.*.interface_name", Verdict: Changed, What: "interfaces are called eth0, eth1, ..."},
	{Path: "services.*.networks.*.ipv4_address", Verdict: Changed, What: "the runtime gives addresses at each start", Instead: "use the service's name"},
	{Path: "services.*.networks.*.ipv6_address", Verdict: Changed, What: "the runtime gives addresses at each start", Instead: "use the service's name"},
	{Path: "services.*.networks.*.link_local_ips", Verdict: Changed, What: "the addresses are not set"},
	{Path: "services.*.networks.*.mac_address", Verdict: Supported},
	{Path: "services.*.networks.*.priority", Verdict: Emulated, What: "the order in which networks are attached"},
	{Path: "services.*.ports", Verdict: Supported},
	{Path: "services.*.ports.[].app_protocol", Verdict: Supported, What: "information only, as on Docker"},
	{Path: "services.*.ports.[].host_ip", Verdict: Supported, Cases: []Case{
		{When: "[::1], [::]", Verdict: Changed, What: "published on IPv4 instead"},
		{When: "another IPv6 address", Verdict: Refused, What: "the runtime publishes on IPv4 only"}}},
	{Path: "services.*.ports.[].mode", Verdict: Supported, What: "no effect without Swarm, as on Docker Compose"},
	{Path: "services.*.ports.[].name", Verdict: Supported, What: "information only, as on Docker"},
	{Path: "services.*.ports.[].protocol", Verdict: Supported, Cases: []Case{
		{When: "sctp", Verdict: Refused, What: "tcp and udp only"}}},
	{Path: "services.*.ports.[].published", Verdict: Supported, Cases: []Case{
		{When: "left out, 0", Verdict: Emulated, What: "Hostwright chooses a free port and keeps it"},
		{When: "a range for one container port", Verdict: Emulated, What: "each replica gets one"}}},
	{Path: "services.*.ports.[].target", Verdict: Supported},
}
