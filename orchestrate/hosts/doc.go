// Package hosts makes the /etc/hosts of a container, which is how containers find each other: the runtime has no
// service names. The file lies on the host, is bind-mounted before the process starts, and is rewritten in place
// whenever an address changes. Inputs and Text are pure; Write is the only effect. The package asks no runtime and
// does not know when a file has to be written anew. Start reading at Inputs, then Text.
package hosts
