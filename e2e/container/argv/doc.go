// Package argv parses command lines the way Apple's container command does.
//
// That command is built on swift-argument-parser (1.8.2 for runtime 1.2 to 1.4), whose rules differ from getopt's and from
// pflag's, and front ends trip over the differences. This package keeps them:
//
//   - The whole line is cut into tokens first, so an element of three or more dashes, or "-=x", is refused wherever it
//     stands, even among the words meant for a container's process. Only a "--" before it protects it.
//   - "--name=" with nothing behind the sign is "--name" without a value: the next element is its value. "-n=" is not: it
//     gives the empty value.
//   - A value of its own may not begin with a dash ("Missing value for '--x <x>'"); "--x=-1" is the way. A single dash is a value.
//   - "-it" is a pack of flags when no option is called "it"; "-n5" is a pack too, so a value cannot be joined to a letter.
//   - A command with a capturing argument (run, create, exec) stops looking for options at the first positional element, or
//     at the first option that it does not know. What follows the positional goes on verbatim, "--" included. A "--" before the
//     first positional element ends the options and is dropped.
//   - A single-valued option given twice has its last value.
//   - Elements that nobody used are reported after the missing ones: an unknown option first, else the unexpected arguments.
//
// The package is pure: it reads no environment, writes nothing and never exits. Parse returns an Invocation, a *Help (text for
// standard output, exit code 0), a *UsageError (text for standard error, exit code 64), or the error of a command's Validate.
//
// Start reading at Command, then Parse.
package argv
