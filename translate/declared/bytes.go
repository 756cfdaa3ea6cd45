package declared

import (
	"strconv"

	units "github.com/docker/go-units"
)

// Bytes is a size in bytes.
type Bytes int64

// The binary units in which the runtime counts.
const (
	KiB Bytes = 1 << 10
	MiB Bytes = 1 << 20
	GiB Bytes = 1 << 30
)

// String prints the size in binary units, rounded to four digits: "512MiB".
func (b Bytes) String() string { return units.BytesSize(float64(b)) }

// exact prints the size without rounding, in the largest unit of which it is a multiple.
func (b Bytes) exact() string {
	for _, unit := range []struct {
		size Bytes
		name string
	}{{GiB, "GiB"}, {MiB, "MiB"}, {KiB, "KiB"}} {
		if b != 0 && b%unit.size == 0 {
			return strconv.FormatInt(int64(b/unit.size), 10) + unit.name
		}
	}
	return strconv.FormatInt(int64(b), 10) + "B"
}
