package support

// Words about hooks.
const (
	preStartInstead = "make it a one-shot service that others wait for with service_completed_successfully"
	hookPrivileged  = "a process in a running container cannot be given more rights"
)

// lifeRows are about starting, stopping, watching and depending.
var lifeRows = []Row{
	{Path: "services.*.attach", Verdict: Supported},
	{Path: "services.*.depends_on", Below: true, Verdict: Emulated, What: "the plan waits for the conditions"},
	{Path: "services.*.develop", Below: true, Verdict: Ignored, What: "only watch uses it, which is not supported yet", Instead: "bind-mount the sources, or run up --build"},
	{Path: "services.*.extends", Below: true, Verdict: Supported, What: "merged in by the loader"},
	{Path: "services.*.healthcheck", Below: true, Verdict: Emulated, What: "probed by exec; what is left out comes from the image, then from Docker's defaults"},
	{Path: "services.*.logging", Verdict: Supported},
	{Path: "services.*.logging.driver", Verdict: Changed, What: "the output goes to Hostwright's own log files, not to this driver", Instead: "read it with logs", Cases: []Case{
		{When: "json-file, local", Holds: is("json-file", "local"), Verdict: Supported, What: "Hostwright keeps the output in files of its own"}}},
	{Path: "services.*.logging.options", Below: true, Verdict: Ignored, What: "Hostwright keeps the output in files of its own, rotated by size"},
	{Path: "services.*.models", Below: true, Verdict: Refused, What: "there is no model runner", Instead: "run the model's server as a service and name it in environment"},
	{Path: "services.*.post_start", Verdict: Emulated, What: "run by exec after a command has started the container, not when its policy restarts it"},
	{Path: "services.*.post_start.[].command", Verdict: Supported},
	{Path: "services.*.post_start.[].environment", Verdict: Supported, What: "added to the container's"},
	{Path: "services.*.post_start.[].environment.*", Verdict: Supported},
	{Path: "services.*.post_start.[].privileged", Verdict: Refused, What: hookPrivileged, Instead: "remove it, and give the service what the hook needs with cap_add"},
	{Path: "services.*.post_start.[].user", Verdict: Supported},
	{Path: "services.*.post_start.[].working_dir", Verdict: Supported},
	{Path: "services.*.pre_start", Below: true, Verdict: Refused, What: "containers that run before the first start are not made yet", Instead: preStartInstead},
	{Path: "services.*.pre_stop", Verdict: Emulated, What: "run by exec before stop, down, restart and rm --stop stop the container"},
	{Path: "services.*.pre_stop.[].command", Verdict: Supported},
	{Path: "services.*.pre_stop.[].environment", Verdict: Supported, What: "added to the container's"},
	{Path: "services.*.pre_stop.[].environment.*", Verdict: Supported},
	{Path: "services.*.pre_stop.[].privileged", Verdict: Refused, What: hookPrivileged, Instead: "remove it, and give the service what the hook needs with cap_add"},
	{Path: "services.*.pre_stop.[].user", Verdict: Supported},
	{Path: "services.*.pre_stop.[].working_dir", Verdict: Supported},
	{Path: "services.*.profiles", Verdict: Supported, What: "decided by the loader"},
	{Path: "services.*.pull_policy", Verdict: Emulated, What: "Hostwright decides when to pull"},
	{Path: "services.*.pull_refresh_after", Verdict: Ignored, What: "Docker Compose does nothing with it either", Instead: "use pull_policy: every_<duration>"},
	{Path: "services.*.restart", Verdict: Emulated, What: "Hostwright restarts, with Docker's delays"},
	{Path: "services.*.scale", Verdict: Emulated, What: "so many containers"},
	{Path: "services.*.stop_grace_period", Verdict: Supported, What: "10 s when not given"},
	{Path: "services.*.stop_signal", Verdict: Supported},
}
