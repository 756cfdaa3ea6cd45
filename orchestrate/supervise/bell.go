package supervise

import (
	"fmt"
	"os"

	"github.com/fsnotify/fsnotify"
)

// ListenFile is Options.Listen by the notifications of the operating system (inotify, kqueue).
func ListenFile(path string, heard func()) (stop func(), err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("listen to recorders: %w", err)
	}
	if err := f.Close(); err != nil {
		return nil, fmt.Errorf("listen to recorders: %w", err)
	}
	w, err := fsnotify.NewBufferedWatcher(16)
	if err != nil {
		return nil, fmt.Errorf("listen to recorders: %w", err)
	}
	if err := w.Add(path); err != nil {
		_ = w.Close()
		return nil, fmt.Errorf("listen to recorders: %w", err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			select {
			case e, open := <-w.Events:
				if !open {
					return
				}
				if e.Has(fsnotify.Write) {
					heard()
				}
			case _, open := <-w.Errors: // one that was lost is made up for by the next look
				if !open {
					return
				}
				heard()
			}
		}
	}()
	return func() { _ = w.Close(); <-ended }, nil
}
