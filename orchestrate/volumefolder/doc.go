// Package volumefolder keeps volumes as folders of the user's state folder, for volumes that several running
// containers write to: the runtime's own are disks, which one container holds alone.
//
//	volumes/<ledger id>/<volume>/volume.json   the marker: whose it is
//	volumes/<ledger id>/<volume>/data          what containers mount
//
// A folder has no labels, so its proofs are the ledger's entry, the marker beside the data, and the place inside the
// state folder. The package checks the last two and touches nothing that fails them; it removes through os.Root, so
// that no link leads out. It decides neither which volume is a folder nor when one is removed. Start reading at Make.
package volumefolder
