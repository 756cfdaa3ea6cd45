// Package transfer carries files into and out of running containers by exec and tar: the runtime's own copy hangs on a
// path that is missing (Apple container, 4.1), and does nothing in containers that an older version made. The container
// needs a shell and tar. Where files go follows the rules of "docker cp". It never writes outside of the destination
// that was named. Start reading at Into and OutOf.
package transfer
