// Package supervise keeps running projects as they were asked for, after the command that started them has returned:
// restart policies, health checks, hosts files after a change of addresses, events, and what changed behind
// Hostwright's back. Apple container does none of this.
//
// It decides with pure functions (Decide, Resumes, Drift, startPlan) and acts through plans, under the project's lock,
// as a command would. It never creates or removes a resource, and never writes a ledger: all it does to the runtime is
// start what has ended. It needs no compose file: the ledger's fields say what was declared. Start reading at
// Supervisor.Run, then project.run.
package supervise
