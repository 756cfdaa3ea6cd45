package record

import (
	"context"
	"fmt"
	"os"
)

// Remove deletes a recorder's folder, once its recorder has ended: the container was stopped, so that is soon. ctx
// bounds the wait; a recorder that is still there then does no harm, it ends with its container. A missing folder is
// no error. The folder is the caller's: it belongs to a container that is gone.
func Remove(ctx context.Context, dir string) error {
	if _, err := Await(ctx, dir); err != nil && ctx.Err() == nil {
		return err
	}
	if err := os.RemoveAll(dir); err != nil {
		return fmt.Errorf("remove recorded output: %w", err)
	}
	return nil
}
