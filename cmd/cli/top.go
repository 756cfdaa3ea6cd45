package cli

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/hostwright/compose/adapter"
	"github.com/hostwright/compose/cmd/cli/view"
	"github.com/hostwright/compose/orchestrate"
)

func newTop(c *composeCommand) *cobra.Command {
	return &cobra.Command{
		Use:   "top [SERVICES...]",
		Short: "Display the running processes",
		Long: "Show the processes of running containers, as they see themselves: process numbers are those inside the\n" +
			"container. It runs a shell in each container that reads /proc.",
		RunE: func(cmd *cobra.Command, services []string) error { return c.top(cmd.Context(), services) },
	}
}

func (c *composeCommand) top(ctx context.Context, services []string) error {
	s, err := c.selectProject(ctx)
	if err != nil {
		return err
	}
	containers, err := c.containersOf(ctx, s)
	if err != nil {
		return err
	}
	runtime, err := c.app.Adapter()
	if err != nil {
		return err
	}
	chosen := slices.DeleteFunc(containers, func(x orchestrate.Container) bool {
		return x.State != orchestrate.StateRunning || len(services) > 0 && !slices.Contains(services, x.Service)
	})
	lists := make([][]view.Process, len(chosen))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(4)
	for i, x := range chosen {
		group.Go(func() (err error) {
			lists[i], err = processes(ctx, runtime, x)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	return view.Processes(c.app.Streams.Out, slices.Concat(lists...), c.app.Now())
}

// topScript prints, with no more than a shell and cat: its own number, the machine's counters with the time of boot, the
// names of users, then for each process its stat, its status and its arguments, which NULs part.
const topScript = `echo "$$"
cat /proc/stat
echo "=users"
cat /etc/passwd 2>/dev/null
for p in /proc/[0-9]*; do
  [ -r "$p/stat" ] || continue
  echo "=process"
  cat "$p/stat" "$p/status" 2>/dev/null
  echo "=arguments"
  cat "$p/cmdline" 2>/dev/null
  echo
done`

// processes reads the processes of one container.
func processes(ctx context.Context, runtime adapter.RuntimeAdapter, x orchestrate.Container) ([]view.Process, error) {
	var out, complaint bytes.Buffer
	code, err := runtime.Exec(ctx, adapter.ExecRequest{
		ID: x.Name, Command: []string{"/bin/sh", "-c", topScript}, User: "0", Stdout: &out, Stderr: &complaint,
	})
	switch {
	case adapter.Is(err, adapter.Refused), err == nil && (code == 126 || code == 127):
		return nil, &orchestrate.Error{
			Code: orchestrate.CodeRuntime, Message: fmt.Sprintf("container %s has no shell that could read its processes", x.Name),
			Hint: "the runtime cannot list processes itself; name the services that have a shell", Err: err,
		}
	case err != nil:
		return nil, err
	case code != 0:
		return nil, fmt.Errorf("read the processes of %s: exit code %d: %s", x.Name, code, strings.TrimSpace(complaint.String()))
	}
	list := parseProcesses(out.String())
	for i := range list {
		list[i].Service, list[i].Number = x.Service, x.Number
	}
	return list, nil
}

// parseProcesses reads what topScript prints. The script's own shell and what it starts are left out.
func parseProcesses(text string) []view.Process {
	head, rest, _ := strings.Cut(text, "=users\n")
	self, stat, _ := strings.Cut(head, "\n")
	boot := int64(0)
	for _, line := range strings.Split(stat, "\n") {
		if v, ok := strings.CutPrefix(line, "btime "); ok {
			boot, _ = strconv.ParseInt(strings.TrimSpace(v), 10, 64)
		}
	}
	passwd, rest, _ := strings.Cut(rest, "=process\n")
	users := map[string]string{}
	for _, line := range strings.Split(passwd, "\n") {
		if f := strings.Split(line, ":"); len(f) > 2 && users[f[2]] == "" {
			users[f[2]] = f[0]
		}
	}
	var out []view.Process
	for _, part := range strings.Split(rest, "=process\n") {
		p, ok := parseProcess(part, boot, users)
		if ok && p.PID != self && p.PPID != self {
			out = append(out, p)
		}
	}
	slices.SortStableFunc(out, func(a, b view.Process) int { return number(a.PID) - number(b.PID) })
	return out
}

func number(text string) int {
	n, _ := strconv.Atoi(text)
	return n
}

// ticks is the kernel's USER_HZ, which Linux fixes for all of proc(5).
const ticks = 100

// parseProcess reads one process; the fields of stat are those of proc(5), counted after the name in parentheses, which
// may hold anything.
func parseProcess(part string, boot int64, users map[string]string) (view.Process, bool) {
	files, arguments, found := strings.Cut(part, "=arguments\n")
	end := strings.LastIndex(strings.SplitN(files, "\n", 2)[0], ")")
	begin := strings.Index(files, "(")
	if !found || begin < 1 || end < begin {
		return view.Process{}, false // it ended meanwhile
	}
	name := files[begin+1 : end]
	stat, status, _ := strings.Cut(files[end+1:], "\n")
	f := strings.Fields(stat)
	if len(f) < 20 {
		return view.Process{}, false
	}
	p := view.Process{PID: strings.TrimSpace(files[:begin]), PPID: f[1], Terminal: terminalName(number(f[4]))}
	p.Used = int64(number(f[11])+number(f[12])) / ticks
	if start, err := strconv.ParseInt(f[19], 10, 64); err == nil && boot > 0 {
		p.Started = boot + start/ticks
	}
	for _, line := range strings.Split(status, "\n") {
		if v, ok := strings.CutPrefix(line, "Uid:"); ok && len(strings.Fields(v)) > 1 {
			id := strings.Fields(v)[1]
			if p.User = users[id]; p.User == "" {
				p.User = id
			}
		}
	}
	p.Command = strings.TrimSpace(strings.ReplaceAll(strings.TrimSuffix(arguments, "\n"), "\x00", " "))
	if p.Command == "" {
		p.Command = "[" + name + "]"
	}
	return p, true
}

// terminalName names a terminal by its device number: pts/N, or "?" for none.
func terminalName(device int) string {
	if major := device >> 8 & 0xfff; major >= 136 && major <= 143 {
		return fmt.Sprintf("pts/%d", device&0xff|(device>>12)&0xfff00)
	}
	return "?"
}
