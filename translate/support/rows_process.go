package support

// processRows are about what a service's containers run, as whom, and how they are named.
var processRows = []Row{
	{Path: "services.*.annotations", Below: true, Verdict: Ignored, What: "the runtime keeps no OCI annotations", Instead: "use labels"},
	{Path: "services.*.command", Verdict: Supported, Cases: []Case{
		{When: "an empty list", Verdict: Supported, What: "keeps the image's command, as Docker Engine does"}}},
	{Path: "services.*.container_name", Verdict: Supported, Cases: []Case{
		{When: "longer than 63 characters", Verdict: Refused, What: "the runtime takes 2 to 63 characters"}}},
	{Path: "services.*.credential_spec", Below: true, Verdict: Refused, What: "credential specs are for Windows containers", Instead: "remove it"},
	{Path: "services.*.domainname", Verdict: Changed, What: "the domain name is not set inside the container", Instead: "give the full name as an alias under networks"},
	{Path: "services.*.entrypoint", Verdict: Supported, Cases: []Case{
		{When: "an empty list, with a command", Verdict: Emulated, What: "the command is the whole process"},
		{When: "an empty list, without a command", Verdict: Refused, What: "the image's command alone cannot be run", Instead: "write the command"}}},
	{Path: "services.*.env_file", Below: true, Verdict: Supported, What: "read by the loader, below environment"},
	{Path: "services.*.environment", Below: true, Verdict: Supported, What: "a null value takes the caller's; without one there the image's variable is made empty, with a warning"},
	{Path: "services.*.group_add", Verdict: Changed, What: "the process gets no supplementary groups", Instead: "set the group with user: UID:GID, or in the image"},
	{Path: "services.*.hostname", Verdict: Changed, Mild: true, What: "the host name inside is the container's name; this name resolves to the container itself"},
	{Path: "services.*.image", Verdict: Supported},
	{Path: "services.*.init", Verdict: Supported},
	{Path: "services.*.isolation", Verdict: Refused, What: "isolation technologies are for Windows containers", Instead: "remove it", Cases: []Case{
		{When: "default", Holds: is("default"), Verdict: Supported}}},
	{Path: "services.*.label_file", Verdict: Supported, What: "read by the loader, below labels"},
	{Path: "services.*.labels", Below: true, Verdict: Supported, Cases: []Case{
		{When: "a value with \"=\"", Verdict: Changed, What: "the label is left out where the runtime cannot store it", Instead: "encode the value"},
		{When: "com.docker.compose.*, dev.hostwright.compose.*", Verdict: Changed, What: "set by Hostwright itself"}}},
	{Path: "services.*.platform", Verdict: Supported, Cases: []Case{
		{When: "linux/amd64 on an arm64 host", Verdict: Supported, What: "runs translated by Rosetta; a note says so"},
		{When: "another architecture, another system", Verdict: Refused, What: "the VM cannot run it"}}},
	{Path: "services.*.provider", Below: true, Verdict: Refused, What: "services made by a provider are not supported yet", Instead: "start it outside of the project"},
	{Path: "services.*.read_only", Verdict: Supported},
	{Path: "services.*.runtime", Verdict: Refused, What: "there is one runtime", Instead: "remove it", Cases: []Case{
		{When: "runc", Holds: is("runc", "io.containerd.runc.v2"), Verdict: Ignored, What: "containers are VMs, not runc's"}}},
	{Path: "services.*.stdin_open", Verdict: Supported},
	{Path: "services.*.tty", Verdict: Supported},
	{Path: "services.*.use_api_socket", Verdict: Refused, What: "there is no engine socket to give to the container", Instead: "run the tool that wants it outside of the project"},
	{Path: "services.*.user", Verdict: Supported},
	{Path: "services.*.working_dir", Verdict: Supported},
}
