// Package reconcile carries out a plan: every step as soon as the steps it needs are done, an intent in the ledger
// before the runtime is called and the outcome after it, boots and power-offs bounded in one pool. It decides nothing
// that the plan could have decided. A run that is cut off at any instant leaves a ledger from which the next plan can
// go on. Start reading at Runner.Run.
package reconcile
