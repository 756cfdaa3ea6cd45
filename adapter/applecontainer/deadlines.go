package applecontainer

import "time"

// Deadlines are the longest times that calls may take. Everything can hang (a stuck packet filter on macOS 27.0 blocked
// every command, `system status` too, on 1.4.1), so every call but the attached ones has one.
type Deadlines struct {
	// Probe is for `system status` and `system version`; the runtime itself waits 10 s for its server's answer.
	Probe time.Duration
	// Control is for listings, inspect, kill, delete, networks, volumes, tags; a stop gets its grace period on top.
	Control time.Duration
	// Create is for creating a container, which may unpack an image.
	Create time.Duration
	// Save is for reading an image's config, for which the whole image is written to a file.
	Save time.Duration
	// TransferSilence is how long a pull may go without a sign of life.
	TransferSilence time.Duration
	// BuildSilence is the same for builds: a single step may compile for long without a word, and a build may wait
	// 300 s for the builder.
	BuildSilence time.Duration
	// Kill is how long a command that is past its deadline has between SIGTERM and SIGKILL, and how long its pipes
	// are read after its end.
	Kill time.Duration
}

// DefaultDeadlines are generous: the slowest calls seen on Macs took a few seconds (first start of all: 37 s).
var DefaultDeadlines = Deadlines{
	Probe:           20 * time.Second,
	Control:         60 * time.Second,
	Create:          5 * time.Minute,
	Save:            15 * time.Minute,
	TransferSilence: 3 * time.Minute,
	BuildSilence:    20 * time.Minute,
	Kill:            2 * time.Second,
}

func (d Deadlines) withDefaults() Deadlines {
	for _, field := range []struct{ value, fallback *time.Duration }{
		{&d.Probe, &DefaultDeadlines.Probe}, {&d.Control, &DefaultDeadlines.Control},
		{&d.Create, &DefaultDeadlines.Create}, {&d.Save, &DefaultDeadlines.Save}, {&d.TransferSilence, &DefaultDeadlines.TransferSilence},
		{&d.BuildSilence, &DefaultDeadlines.BuildSilence}, {&d.Kill, &DefaultDeadlines.Kill},
	} {
		if *field.value == 0 {
			*field.value = *field.fallback
		}
	}
	return d
}
