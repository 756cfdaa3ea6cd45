// Command comparison runs small projects under real Docker Compose and under `hostwright compose`, on one engine, and
// compares what a user sees after every step. Docker Compose drives the engine itself, ours drives the stand-in, whose
// containers run on the same engine, so that whatever differs is ours.
//
//	make compare                            # all cases; writes docs/comparison.md
//	go run ./e2e/comparison -case 'env.*'   # some, by regular expression
//	go test ./e2e/comparison                # a fixed part
//
// A case is testdata/KIND/NAME.txtar: a comment that says what it shows, a script, and the files of the project.
// It is run three times, each time in a folder of its own with the same base name: under Docker Compose, under ours, and
// once more with both where only `config` in its forms is asked, which has to agree byte for byte.
//
// A line of a script is a command line of Compose, without the program's name; it has to succeed, or to fail where it
// begins with "!". Other lines:
//
//	edit FILE NEW        NEW replaces FILE
//	shell COMMAND        sh -c in the project's folder; its output is compared
//	until COMMAND        the same again and again until it succeeds, at most a minute; its output is not compared
//	set NAME=VALUE       for the environment of the commands that follow
//	freeport NAME        the same with a free host port, another one for each tool
//	stdin FILE           what the next command reads
//	await SERVICE STATE  until all its containers are running, exited, healthy, ...
//	reach PORT [PATH]    HTTP through the host port of a variable, or of SERVICE:PORT
//	names NAME...        asked for inside from now on, beside services and containers
//	given network|volume|container NAME   of somebody else, there before and after
//	interrupt TEXT COMMAND   SIGINT once the command has printed TEXT
//	sorted COMMAND       lines of the output have no order
//	fields A,B COMMAND   of a JSON output, only these
//
// Words are split at blanks; single quotes keep all, double quotes expand $NAME as bare words do. UNIQUE is a variable
// for names that have to be unique on an engine. `down -v --remove-orphans -t 0` follows every script.
//
// Start reading at runner.go for how a case is run, at observe.go for what is looked at, and at differences.go for what
// becomes of a difference. It needs Linux, root and the lab; it changes nothing that it has not made.
package main
