package adapter

import (
	"context"
	"os"
)

type inheritKey struct{}

// WithInherited marks a file that processes which mutate the runtime inherit, so that a lock on it is held until the
// last of them has ended, even when this process is killed.
func WithInherited(ctx context.Context, f *os.File) context.Context {
	return context.WithValue(ctx, inheritKey{}, f)
}

// Inherited gives the file that WithInherited marked, or nil.
func Inherited(ctx context.Context) *os.File {
	f, _ := ctx.Value(inheritKey{}).(*os.File)
	return f
}
