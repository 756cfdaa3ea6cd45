package hostmemory

import (
	"golang.org/x/sys/unix"

	"github.com/hostwright/compose/translate/declared"
)

// total asks sysctl hw.memsize.
func total() declared.Bytes {
	n, err := unix.SysctlUint64("hw.memsize")
	if err != nil || n > 1<<60 {
		return 0
	}
	return declared.Bytes(n)
}
