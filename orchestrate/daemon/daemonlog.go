package daemon

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/hostwright/compose/ledger/statedir"
)

// maxLog bounds one of the two files of hostwrightd's log.
const maxLog = 1 << 20

func logPath(state statedir.Dir) string { return filepath.Join(state.Daemon(), "log") }

// LogPaths gives the files of hostwrightd's log, the older one first. Either may be missing.
func LogPaths(state statedir.Dir) []string { return []string{logPath(state) + ".1", logPath(state)} }

// daemonLog writes what hostwrightd has to say, a line each, and keeps two files of maxLog bytes.
type daemonLog struct {
	path string
	now  func() time.Time
	mu   sync.Mutex
	last string // the latest line, and how often it came again
	more int
}

// printf writes a line. The same line again and again is written once, and then how often it came.
func (l *daemonLog) printf(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	text := strings.ReplaceAll(fmt.Sprintf(format, args...), "\n", "; ")
	if text == l.last {
		l.more++
		return
	}
	if l.more > 0 {
		l.write(fmt.Sprintf("the line before came %d times more", l.more))
	}
	l.last, l.more = text, 0
	l.write(text)
}

// write appends a line. A full disk costs lines, and nothing else.
func (l *daemonLog) write(text string) {
	f, err := os.OpenFile(l.path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return
	}
	_, _ = fmt.Fprintf(f, "%s %s\n", l.now().UTC().Format("2006-01-02T15:04:05.000Z"), text)
	info, err := f.Stat()
	_ = f.Close()
	if err == nil && info.Size() > maxLog {
		_ = os.Rename(l.path, l.path+".1")
	}
}
