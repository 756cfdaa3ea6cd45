// Package translate turns a loaded compose project into Hostwright's declared model, with findings for everything that
// will not be exactly what Docker Compose does, and an estimate of the memory that the project takes. It does no I/O,
// knows no runtime (what differs between runtimes comes in as Target), and decides nothing about what exists already.
//
// The code goes by families of attributes, a file each. What needs no code, since the attribute has no effect or is
// refused whatever its value, is a row of package support. Start reading at Translate.
package translate
