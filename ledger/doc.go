// Package ledger keeps the record of what Hostwright created for a project: the ledger beside the compose file
// (.hostwright/<project>/ledger.json), its copy in the index of the user's state folder, and the operation lock. It
// never asks a runtime and never decides what to do. Start reading at Ledger, then Store.
package ledger
