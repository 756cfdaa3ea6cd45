package support

// topRows are the sections of a file and what the loader finishes before anything is translated.
var topRows = []Row{
	{Path: "configs", Verdict: Supported},
	{Path: "configs.*", Verdict: Supported},
	{Path: "include", Below: true, Verdict: Supported, What: "the files are merged in by the loader",
		Cases: []Case{{When: "a Git or OCI reference", Verdict: Refused, What: "remote files are not fetched", Instead: "fetch them first"}}},
	{Path: "jobs", Verdict: Supported},
	{Path: "jobs.*", Below: true, Verdict: Ignored, What: "up starts no jobs, as on Docker Compose; running one with run is not supported yet",
		Instead: "make it a service with a profile"},
	{Path: "models", Verdict: Supported},
	{Path: "models.*", Below: true, Verdict: Ignored, What: "there is no model runner", Instead: "run the model's server as a service"},
	{Path: "name", Verdict: Supported, What: "the project's name"},
	{Path: "networks", Verdict: Supported},
	{Path: "networks.*", Verdict: Supported},
	{Path: "secrets", Verdict: Supported},
	{Path: "secrets.*", Verdict: Supported},
	{Path: "services", Verdict: Supported},
	{Path: "services.*", Verdict: Supported},
	{Path: "version", Verdict: Ignored, What: "obsolete; the loader says so", Told: true},
	{Path: "volumes", Verdict: Supported},
	{Path: "volumes.*", Verdict: Supported},
}
