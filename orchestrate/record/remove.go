package record

import (
	"context"
	"fmt"
	"os"
	"time"
)

// Remove deletes a recorder's folder, once its recorder has ended: the container was stopped, so that is soon. ctx
// bounds the wait; a recorder that is still there then does no harm, it ends with its container. A missing or
// damaged folder is no error. The folder is the caller's: it belongs to a container that is gone.
func Remove(ctx context.Context, dir string) error {
	tick := time.NewTicker(pollInterval)
	defer tick.Stop()
	for {
		recording, err := alive(dir)
		if err != nil || !recording || ctx.Err() != nil {
			break
		}
		select {
		case <-ctx.Done():
		case <-tick.C:
		}
	}
	if err := os.RemoveAll(dir); err != nil {
		return fmt.Errorf("remove recorded output: %w", err)
	}
	return nil
}
