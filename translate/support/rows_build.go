package support

// buildRows are about building images.
var buildRows = []Row{
	{Path: "services.*.build", Verdict: Supported},
	{Path: "services.*.build.additional_contexts", Below: true, Verdict: Refused, What: "the builder takes one context", Instead: "put the files into the build context, or use COPY --from=IMAGE"},
	{Path: "services.*.build.args", Below: true, Verdict: Supported},
	{Path: "services.*.build.cache_from", Verdict: Ignored, What: "the builder has a cache of its own; the result is the same"},
	{Path: "services.*.build.cache_to", Verdict: Ignored, What: "the builder has a cache of its own; the result is the same"},
	{Path: "services.*.build.context", Verdict: Supported, Cases: []Case{
		{When: "a URL", Verdict: Refused, What: "only directories of this machine are built", Instead: "clone or unpack it first"}}},
	{Path: "services.*.build.dockerfile", Verdict: Supported},
	{Path: "services.*.build.dockerfile_inline", Verdict: Supported},
	{Path: "services.*.build.entitlements", Verdict: Refused, What: "the builder grants none", Instead: "remove it"},
	{Path: "services.*.build.extra_hosts", Below: true, Verdict: Refused, What: "the builder has no hosts file of its own", Instead: "use addresses, or args"},
	{Path: "services.*.build.isolation", Verdict: Refused, What: "isolation technologies are for Windows containers", Instead: "remove it", Cases: []Case{
		{When: "default", Holds: is("default"), Verdict: Supported}}},
	{Path: "services.*.build.labels", Below: true, Verdict: Supported},
	{Path: "services.*.build.network", Verdict: Refused, What: "the builder has one network", Instead: "remove it", Cases: []Case{
		{When: "default", Holds: is("default"), Verdict: Supported},
		{When: "host", Holds: is("host"), Verdict: Changed, What: "the builder has its own network, from which the host's localhost is not reached"}}},
	{Path: "services.*.build.no_cache", Verdict: Supported},
	{Path: "services.*.build.no_cache_filter", Verdict: Changed, Mild: true, What: "nothing of this build comes from the cache"},
	{Path: "services.*.build.platforms", Verdict: Supported},
	{Path: "services.*.build.privileged", Verdict: Refused, What: "the builder grants no privileges", Instead: "remove it"},
	{Path: "services.*.build.provenance", Verdict: Ignored, What: "no attestation is made"},
	{Path: "services.*.build.pull", Verdict: Supported},
	{Path: "services.*.build.sbom", Verdict: Ignored, What: "no attestation is made"},
	{Path: "services.*.build.secrets", Verdict: Supported},
	{Path: "services.*.build.secrets.[].gid", Verdict: Ignored, What: "the builder decides whose the file is", Instead: "set it in the Dockerfile: RUN --mount=type=secret,gid="},
	{Path: "services.*.build.secrets.[].mode", Verdict: Ignored, What: "the builder decides who may read it", Instead: "set it in the Dockerfile: RUN --mount=type=secret,mode="},
	{Path: "services.*.build.secrets.[].source", Verdict: Supported},
	{Path: "services.*.build.secrets.[].target", Verdict: Supported, What: "the id in the Dockerfile"},
	{Path: "services.*.build.secrets.[].uid", Verdict: Ignored, What: "the builder decides whose the file is", Instead: "set it in the Dockerfile: RUN --mount=type=secret,uid="},
	{Path: "services.*.build.shm_size", Verdict: Ignored, What: "the builder's own counts"},
	{Path: "services.*.build.ssh", Below: true, Verdict: Supported, What: "default: the SSH agent", Cases: []Case{
		{When: "a key's path", Verdict: Refused, What: "the agent only", Instead: "load the key into the agent"}}},
	{Path: "services.*.build.tags", Verdict: Supported},
	{Path: "services.*.build.target", Verdict: Supported},
	{Path: "services.*.build.ulimits", Below: true, Verdict: Ignored, What: "the builder's own count"},
}
