// Package volumeprep makes a new volume of the runtime look as Docker's would, once, before a service's container
// uses it: a disk of the runtime starts with lost+found and without the image's files, so that databases refuse it and
// programs that do not run as root cannot write to it. A small static Linux program, embedded for each architecture,
// runs as the process of a one-off container of the service's own image: it removes an empty lost+found and copies
// what the image has at the mount point, with owners, modes, times and extended attributes.
//
// The package prepares what it is told to. It decides neither which volume is new nor whose it is, deletes nothing in
// a volume but an empty lost+found, and leaves a volume that holds anything else alone. Start reading at Run; the
// program is in helper/.
package volumeprep
