//go:build linux

package main

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// processID names a process for good: a number alone may be used again.
type processID struct {
	PID int `json:"pid"`
	// Start is field 22 of /proc/PID/stat, in clock ticks since boot.
	Start uint64 `json:"start"`
}

// identify gives the processID of a process that is alive.
func identify(pid int) (processID, error) {
	start, err := startTicks(pid)
	return processID{PID: pid, Start: start}, err
}

// alive says whether that very process still exists and is no zombie.
func (p processID) alive() bool {
	start, err := startTicks(p.PID)
	return err == nil && start == p.Start
}

// startTicks reads the start time of a process; a zombie counts as gone.
func startTicks(pid int) (uint64, error) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, fmt.Errorf("read process %d: %w", pid, err)
	}
	// The second field is the program's name in parentheses and may itself hold blanks and parentheses.
	_, rest, found := strings.Cut(string(data[strings.LastIndexByte(string(data), ')')+1:]), " ")
	fields := strings.Fields(rest)
	if !found || len(fields) < 20 {
		return 0, fmt.Errorf("read process %d: unexpected format", pid)
	}
	if fields[0] == "Z" || fields[0] == "X" {
		return 0, fmt.Errorf("process %d has ended", pid)
	}
	return strconv.ParseUint(fields[19], 10, 64)
}

// end waits up to patience for the process to go by itself, then kills it and waits for that.
func (p processID) end(patience time.Duration) error {
	if !p.alive() {
		return nil
	}
	handle, err := unix.PidfdOpen(p.PID, 0)
	if err != nil {
		if errors.Is(err, unix.ESRCH) {
			return nil
		}
		return fmt.Errorf("end process %d: %w", p.PID, err)
	}
	defer unix.Close(handle)
	if !p.alive() { // the handle may be that of a successor
		return nil
	}
	if ended, err := waitProcess(handle, patience); ended || err != nil {
		return err
	}
	if err := unix.PidfdSendSignal(handle, unix.SIGKILL, nil, 0); err != nil && !errors.Is(err, unix.ESRCH) {
		return fmt.Errorf("kill process %d: %w", p.PID, err)
	}
	if ended, err := waitProcess(handle, 10*time.Second); err != nil || !ended {
		return errors.Join(err, fmt.Errorf("process %d does not end", p.PID))
	}
	return nil
}

// waitProcess waits for a pidfd to become readable, which it does when the process has ended.
func waitProcess(handle int, patience time.Duration) (bool, error) {
	deadline := time.Now().Add(patience)
	for {
		left := max(time.Until(deadline), 0)
		n, err := unix.Poll([]unix.PollFd{{Fd: int32(handle), Events: unix.POLLIN}}, int(left.Milliseconds()))
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil {
			return false, fmt.Errorf("wait for process: %w", err)
		}
		return n > 0, nil
	}
}
