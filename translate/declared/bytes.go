package declared

import units "github.com/docker/go-units"

// Bytes is a size in bytes.
type Bytes int64

// The binary units in which the runtime counts.
const (
	KiB Bytes = 1 << 10
	MiB Bytes = 1 << 20
	GiB Bytes = 1 << 30
)

// String prints the size in binary units: "512MiB".
func (b Bytes) String() string { return units.BytesSize(float64(b)) }
