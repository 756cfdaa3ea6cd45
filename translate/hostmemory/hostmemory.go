// Package hostmemory reads how much physical memory this machine has. It is the one part of the translation that asks
// the operating system; everything else gets the number as a value.
package hostmemory

// Total gives the physical memory of this machine in bytes, 0 when the operating system does not say.
func Total() int64 { return total() }
