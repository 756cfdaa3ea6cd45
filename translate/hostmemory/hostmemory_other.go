//go:build !linux && !darwin

package hostmemory

import "github.com/hostwright/compose/translate/declared"

func total() declared.Bytes { return 0 }
