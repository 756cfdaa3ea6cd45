//go:build linux

// Command container is the stand-in for Apple's `container` command on Linux: the same argument grammar, refusals, exit
// codes, JSON, error texts and above all the same limits, on real containers of a local Docker Engine. It exists so that
// everything above the command can be tested end to end where Apple's runtime cannot run. It is never more capable than
// Apple's: what Apple refuses is refused here. docs/stand-in.md says what it keeps, its switches, and what it cannot show.
//
// One STANDIN_ROOT folder is one pretend Mac: its names, configurations, networks, volumes and image names. Docker objects
// have opaque names and the single label standin.root=<STANDIN_ROOT>; user labels live in the state only.
//
// # Where to start reading
//
// main.go makes a [call] (streams, environment, version, store, engine) and hands it to the command found by dispatch.go,
// which holds the tree: c.imageCommand(), c.buildCommand(), c.networkCommand() and so on give an *argv.Command each, whose
// Run is a method of call. c.requireImage(reference, platform, pullOptions) finds or pulls an image for create and run. For
// the methods:
//
//   - c.engine() gives the Docker client (DOCKER_HOST, negotiated); c.host() the engine's architecture and limits.
//   - c.store.read() gives a snapshot of the state without a lock, for listings.
//   - c.store.update(func(tx *transaction) error) takes the root's lock, repairs what a killed call left, and writes tx.state
//     atomically if the function returns nil (tx.save() writes earlier, as intent before a Docker call). Never hold it while
//     pulling or building.
//   - c.print(line) is one result on stdout; c.log(format, ...) a log line on stderr; c.emitJSON(v) the one-line form of
//     `--format json`; c.emitPretty(v) the form of inspect. Both sort keys and escape slashes as the version does.
//   - Errors: fail(code, format, ...) is Apple's ContainerizationError, [appleError.because] nests a cause, [failures] is the
//     text of several targets, argv.Refuse (in Validate) and c.usage(...) are exit 64, exitStatus(n) is the silent exit code
//     of a process.
//   - `container --standin-destroy` removes everything of a STANDIN_ROOT; a test ends with it (repair.go, forgetImages).
//   - c.version.atLeast(1, 3, 0) asks which runtime is played (STANDIN_VERSION, default 1.4.1).
package main
