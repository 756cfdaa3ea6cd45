// Package rehearsal is a runtime that runs nothing: it keeps Apple container's rules, names, limits and defaults, and
// containers behave as they were told to. World has the rules and the state, without a clock or a file of its own;
// Runtime is the adapter, whose World lies in a file, so that separate commands see the same one. Nobody gets it without
// asking for it, and whoever prints says that nothing is run (Capabilities.RunsProcesses). Start reading at World, then
// at Runtime.
package rehearsal
