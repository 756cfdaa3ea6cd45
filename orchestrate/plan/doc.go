// Package plan holds the planner: Make is a pure function from what is declared, what was observed and what the
// ledger says to a Plan, which is data: actions with their reasons, what each destroys, and the order they need. The
// planner does no I/O, reads no clock and draws no random number; all that comes in Inputs. Start reading at Make.
package plan
