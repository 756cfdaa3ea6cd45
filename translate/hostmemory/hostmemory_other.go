//go:build !linux && !darwin

package hostmemory

func total() int64 { return 0 }
