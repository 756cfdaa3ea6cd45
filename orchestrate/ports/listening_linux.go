package ports

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/hostwright/compose/orchestrate/plan"
)

// Listening gives the sockets of this host (of this network namespace) on which somebody listens, never nil, with
// their processes where this user may see them.
func Listening() ([]plan.Listener, error) {
	out := []plan.Listener{}
	var sockets []socket
	for _, table := range []struct{ file, protocol string }{{"tcp", "tcp"}, {"tcp6", "tcp"}, {"udp", "udp"}, {"udp6", "udp"}} {
		found, err := readTable("/proc/net/"+table.file, table.protocol)
		if err != nil {
			return nil, err
		}
		sockets = append(sockets, found...)
	}
	if len(sockets) == 0 {
		return out, nil
	}
	wanted := map[string]bool{}
	for _, s := range sockets {
		wanted[s.inode] = true
	}
	holders := findHolders("/proc", wanted)
	for _, s := range sockets {
		s.Holder = holders[s.inode]
		out = append(out, s.Listener)
	}
	return out, nil
}

func readTable(path, protocol string) ([]socket, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil // no IPv6 here
	}
	if err != nil {
		return nil, fmt.Errorf("read listening ports: %w", err)
	}
	defer f.Close() // only read
	found, err := parseProc(f, protocol)
	if err != nil {
		return nil, fmt.Errorf("read listening ports: %s: %w", path, err)
	}
	return found, nil
}

// findHolders finds the processes that have sockets open, by inode: "nginx, pid 12". Processes of other users are not
// seen without rights; that is no error.
func findHolders(proc string, wanted map[string]bool) map[string]string {
	out := map[string]string{}
	pids, _ := filepath.Glob(filepath.Join(proc, "[0-9]*"))
	for _, dir := range pids {
		files, err := os.ReadDir(filepath.Join(dir, "fd"))
		if err != nil {
			continue
		}
		for _, f := range files {
			target, err := os.Readlink(filepath.Join(dir, "fd", f.Name()))
			if err != nil {
				continue
			}
			inode, ok := strings.CutPrefix(target, "socket:[")
			if inode = strings.TrimSuffix(inode, "]"); ok && wanted[inode] && out[inode] == "" {
				out[inode] = processName(dir)
			}
		}
	}
	return out
}

func processName(dir string) string {
	comm, err := os.ReadFile(filepath.Join(dir, "comm"))
	if err != nil {
		return "pid " + filepath.Base(dir)
	}
	return fmt.Sprintf("%s, pid %s", strings.TrimSpace(string(comm)), filepath.Base(dir))
}
