// Package e2e holds the end-to-end tests: scripts that drive the built binaries against the stand-in for the runtime,
// on real containers of the lab's engine. Each script has a pretend Mac, a state folder and a project of its own, so
// that they run side by side. Without an engine they are skipped and counted; HOSTWRIGHT_E2E=required makes that a
// failure. Start reading at testdata, then script_test.go.
package e2e
