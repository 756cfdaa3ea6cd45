// Command lab brings up what the end-to-end tests run on: a Docker Engine of
// its own, two registries on loopback, and images built from Debian packages
// under the names and versions that compose files ask for.
//
//	go run ./e2e/lab up      bring everything up; a few seconds when it is up to date
//	go run ./e2e/lab env     print the shell lines that use it
//	go run ./e2e/lab status  say what runs; exit 1 when something is missing
//	go run ./e2e/lab down    remove everything (--keep-images leaves engine data and registry)
//
// It needs Debian 12, root and Go, and nothing else: it installs the packages
// that it needs. It never touches another Docker Engine on the machine, nor
// its configuration; when one runs, the lab goes into a network namespace.
// docs/lab.md says more.
//
// Start reading at up.go; layout.go says where everything lies; images/ has
// one folder for each image.
package main
