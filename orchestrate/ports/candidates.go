package ports

import (
	"crypto/sha256"
	"encoding/binary"
)

// The range of free ports that are offered: below the ports that Linux (32768 and up) and macOS (49152 and up) give to
// outgoing connections, so that none of those is in the way at the next start.
const (
	First = 20000
	Last  = 29999
)

// stride is coprime to the size of the range, so that steps of it visit every port.
const stride = 3067

// Candidates gives every port of the range in an order that depends on the project's name alone: two plans of one
// project agree, and two projects seldom start at the same port.
func Candidates(project string) []uint16 {
	const size = Last - First + 1
	sum := sha256.Sum256([]byte(project))
	at := int(binary.BigEndian.Uint32(sum[:4]) % size)
	out := make([]uint16, size)
	for i := range out {
		out[i] = uint16(First + at)
		at = (at + stride) % size
	}
	return out
}
