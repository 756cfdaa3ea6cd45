package view

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
)

// Process is one process of a container, as "ps -ef" would show it.
type Process struct {
	Service         string
	Number          int // of the replica, 0 for a one-off
	User, PID, PPID string
	Terminal        string
	Started         int64 // Unix seconds, 0 not known
	Used            int64 // seconds of processor time
	Command         string
}

// Processes prints a table, in the order given; nothing when there is no process.
func Processes(w io.Writer, list []Process, now time.Time) error {
	if len(list) == 0 {
		return nil
	}
	tw := tabwriter.NewWriter(w, 4, 1, 2, ' ', 0)
	if _, err := fmt.Fprintln(tw, "SERVICE\t#\tUID\tPID\tPPID\tC\tSTIME\tTTY\tTIME\tCMD"); err != nil {
		return err
	}
	for _, p := range list {
		number := "-"
		if p.Number > 0 {
			number = strconv.Itoa(p.Number)
		}
		row := []string{
			p.Service, number, p.User, p.PID, p.PPID, strconv.FormatInt(p.load(now), 10), p.start(now), p.Terminal, p.time(), p.Command,
		}
		for i := range row {
			row[i] = Safe(strings.ReplaceAll(row[i], "\n", " "))
		}
		if _, err := fmt.Fprintln(tw, strings.Join(row, "\t")); err != nil {
			return err
		}
	}
	return tw.Flush()
}

// load is the processor time in percent of the time since the start.
func (p Process) load(now time.Time) int64 {
	passed := now.Unix() - p.Started
	if p.Started == 0 || passed <= 0 {
		return 0
	}
	return min(100*p.Used/passed, 99)
}

// start is the time of day, the day when it is another one.
func (p Process) start(now time.Time) string {
	if p.Started == 0 {
		return "?"
	}
	t := time.Unix(p.Started, 0).In(now.Location())
	if t.Format(time.DateOnly) != now.Format(time.DateOnly) {
		return t.Format("Jan02")
	}
	return t.Format("15:04")
}

func (p Process) time() string {
	return fmt.Sprintf("%02d:%02d:%02d", p.Used/3600, p.Used/60%60, p.Used%60)
}
