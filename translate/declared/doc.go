// Package declared is Hostwright's declared model: what a project wants to exist, as plain data in the vocabulary
// that the planner, the ledger and the adapters share. It knows neither compose files nor a runtime's command.
//
// Everything is sorted (services by name, environment by key, and so on), so that whatever is derived from the model
// is the same every time. Start reading at Project and Service; Fields gives the flat form that hashes and
// differences are made of.
package declared
