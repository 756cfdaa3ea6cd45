package health

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/hostwright/compose/adapter"
	"github.com/hostwright/compose/translate/declared"
	"gotest.tools/v3/assert"
	"pgregory.net/rapid"
)

func TestEffective(t *testing.T) {
	const s = time.Second
	test := []string{"CMD", "true"}
	image := &adapter.ImageHealth{Test: []string{"CMD-SHELL", "curl -f localhost"}, Interval: 7 * s, Timeout: 8 * s, StartPeriod: 9 * s, StartInterval: 3 * s, Retries: 4}
	full := func(c declared.Healthcheck) *declared.Healthcheck { return &c }
	for _, c := range []struct {
		name  string
		file  *declared.Healthcheck
		image *adapter.ImageHealth
		want  *declared.Healthcheck
	}{
		{"none at all", nil, nil, nil},
		{"the file's, with Docker's defaults", &declared.Healthcheck{Test: test}, nil,
			full(declared.Healthcheck{Test: test, Interval: 30 * s, Timeout: 30 * s, StartInterval: 5 * s, Retries: 3})},
		{"the image's", nil, image,
			full(declared.Healthcheck{Test: image.Test, Interval: 7 * s, Timeout: 8 * s, StartPeriod: 9 * s, StartInterval: 3 * s, Retries: 4})},
		{"the file's times for the image's test", &declared.Healthcheck{Interval: s, Retries: 1}, image,
			full(declared.Healthcheck{Test: image.Test, Interval: s, Timeout: 8 * s, StartPeriod: 9 * s, StartInterval: 3 * s, Retries: 1})},
		{"the file's test with the image's times", &declared.Healthcheck{Test: test}, image,
			full(declared.Healthcheck{Test: test, Interval: 7 * s, Timeout: 8 * s, StartPeriod: 9 * s, StartInterval: 3 * s, Retries: 4})},
		{"disabled by the file", &declared.Healthcheck{Disable: true}, image, nil},
		{"NONE in the file", &declared.Healthcheck{Test: []string{"NONE"}}, image, nil},
		{"NONE in the image", nil, &adapter.ImageHealth{Test: []string{"NONE"}}, nil},
		{"NONE in the image, a test in the file", &declared.Healthcheck{Test: test}, &adapter.ImageHealth{Test: []string{"NONE"}},
			full(declared.Healthcheck{Test: test, Interval: 30 * s, Timeout: 30 * s, StartInterval: 5 * s, Retries: 3})},
		{"times without a test", &declared.Healthcheck{Interval: s}, nil, nil},
	} {
		t.Run(c.name, func(t *testing.T) { assert.DeepEqual(t, Effective(c.file, c.image), c.want) })
	}
}

func TestCommand(t *testing.T) {
	assert.DeepEqual(t, command([]string{"CMD", "a", "b"}), []string{"a", "b"})
	assert.DeepEqual(t, command([]string{"CMD-SHELL", "a && b"}), []string{"/bin/sh", "-c", "a && b"})
	assert.DeepEqual(t, command([]string{"a", "b"}), []string{"a", "b"})
}

// TestNext walks through runs: "s" is a success and "f" a failure, one a second; the string after it is the status
// after each: s(tarting), h(ealthy), u(nhealthy).
func TestNext(t *testing.T) {
	start := time.Date(2026, 8, 2, 10, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name        string
		period      time.Duration
		retries     int
		probes      string
		want        string
		wantFailing int
	}{
		{"healthy at once", 0, 3, "s", "h", 0},
		{"unhealthy after so many failures", 0, 3, "fff", "ssu", 3},
		{"one failure is none when there are retries", 0, 3, "sff", "hhh", 2},
		{"a success takes failures back", 0, 3, "sffsff", "hhhhhh", 2},
		{"unhealthy after having been healthy", 0, 2, "sffs", "hhuh", 0},
		{"failures in the start period do not count", 4 * time.Second, 1, "ffff", "sssu", 1},
		{"a success ends the start period", 10 * time.Second, 1, "fsf", "shu", 1},
		{"it goes on failing", 0, 1, "fff", "uuu", 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			check := declared.Healthcheck{Retries: c.retries, StartPeriod: c.period}
			s := Begin(start)
			got := ""
			for i, p := range c.probes {
				r := Result{Start: start.Add(time.Duration(i+1) * time.Second), ExitCode: 0}
				if p == 'f' {
					r.ExitCode = 1
				}
				s = s.Next(r, check)
				got += string(s.Status[:1])
			}
			assert.Equal(t, got, c.want)
			assert.Equal(t, s.FailingStreak, c.wantFailing)
			assert.Assert(t, s.Started.Equal(start))
		})
	}
}

func TestDelay(t *testing.T) {
	start := time.Date(2026, 8, 2, 10, 0, 0, 0, time.UTC)
	check := declared.Healthcheck{Interval: 30 * time.Second, StartInterval: time.Second, StartPeriod: 10 * time.Second}
	s := Begin(start)
	assert.Equal(t, s.Delay(check, start), time.Second)
	assert.Equal(t, s.Delay(check, start.Add(10*time.Second)), 30*time.Second)
	s.Status = Healthy
	assert.Equal(t, s.Delay(check, start), 30*time.Second)
}

func TestKeptResultsAreBounded(t *testing.T) {
	s := Begin(time.Time{})
	for i := range 20 {
		next := s.Next(Result{ExitCode: i + 1, Output: strings.Repeat("x", 10000)}, declared.Healthcheck{Retries: 3})
		assert.Assert(t, len(s.Results) <= maxResults)
		s = next
	}
	assert.Equal(t, len(s.Results), maxResults)
	last, ok := s.Last()
	assert.Assert(t, ok)
	assert.Equal(t, last.ExitCode, 20)
	assert.Equal(t, s.Results[0].ExitCode, 16)
	assert.Equal(t, len(last.Output), maxOutput+3)
}

// Against Docker's rules written down another way: over the whole history at once.
func TestNextAgreesWithTheHistory(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		check := declared.Healthcheck{
			Retries:     rapid.IntRange(1, 4).Draw(t, "retries"),
			StartPeriod: time.Duration(rapid.IntRange(0, 8).Draw(t, "period")) * time.Second,
		}
		start := time.Unix(1000, 0)
		codes := rapid.SliceOfN(rapid.SampledFrom([]int{0, 1, -1}), 0, 15).Draw(t, "codes")
		s := Begin(start)
		for i, code := range codes {
			s = s.Next(Result{Start: start.Add(time.Duration(i) * time.Second), ExitCode: code}, check)
		}
		status, streak := Starting, 0
		for i, code := range codes {
			grace := status == Starting && time.Duration(i)*time.Second < check.StartPeriod
			if code == 0 {
				status, streak = Healthy, 0
			} else if !grace {
				if streak++; streak >= check.Retries {
					status = Unhealthy
				}
			}
		}
		if got, want := fmt.Sprint(s.Status, s.FailingStreak), fmt.Sprint(status, streak); got != want {
			t.Fatalf("%v: %s, want %s", codes, got, want)
		}
	})
}
