package record

import (
	"os"

	"github.com/hostwright/compose/ledger/statedir"
)

// ringBell tells hostwrightd, if one listens, that there is something new in a folder. Nobody relies on it: what is missed is
// seen by the next look.
func ringBell(dir string) {
	f, err := os.OpenFile(statedir.BellOf(dir), os.O_WRONLY, 0)
	if err != nil {
		return // nobody listens
	}
	_, _ = f.WriteAt([]byte{'\n'}, 0)
	_ = f.Close()
}
