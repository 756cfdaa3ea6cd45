// Package daemon is hostwrightd: what its process is made of, and the one place that names concrete runtimes. Start
// reading at OpenAdapter.
package daemon
