// Package images carries out the image steps of a plan, pulls and builds, in the process of the command: with the
// user's own terminal, environment and credentials, before the rest of the plan runs under the orchestrator. It never
// decides what to pull or build and writes no ledger. Start reading at Make.
package images
