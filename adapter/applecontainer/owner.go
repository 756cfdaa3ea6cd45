package applecontainer

import (
	"os"
	"syscall"
)

// ownedByMe tells whether a file belongs to the user of this process.
func ownedByMe(info os.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(stat.Uid) == os.Getuid()
}
