package health

import (
	"time"

	"github.com/hostwright/compose/adapter"
	"github.com/hostwright/compose/translate/declared"
)

// Docker's defaults (Dockerfile reference, HEALTHCHECK).
const (
	defaultInterval      = 30 * time.Second
	defaultTimeout       = 30 * time.Second
	defaultStartInterval = 5 * time.Second
	defaultRetries       = 3
)

// Effective merges the check of the compose file with the image's HEALTHCHECK as Docker does: what the file does not
// give comes from the image, each field by itself, and what neither gives is Docker's default. nil means that there
// is no check: none is given, or it is disabled (disable: true, test NONE). The result has all fields set.
func Effective(file *declared.Healthcheck, image *adapter.ImageHealth) *declared.Healthcheck {
	var c declared.Healthcheck
	if file != nil {
		c = *file
	}
	if image != nil {
		if len(c.Test) == 0 {
			c.Test = image.Test
		}
		c.Interval = or(c.Interval, image.Interval)
		c.Timeout = or(c.Timeout, image.Timeout)
		c.StartPeriod = or(c.StartPeriod, image.StartPeriod)
		c.StartInterval = or(c.StartInterval, image.StartInterval)
		c.Retries = or(c.Retries, image.Retries)
	}
	if c.Disable || len(c.Test) == 0 || c.Test[0] == "NONE" {
		return nil
	}
	c.Interval = or(c.Interval, defaultInterval)
	c.Timeout = or(c.Timeout, defaultTimeout)
	c.StartInterval = or(c.StartInterval, defaultStartInterval)
	c.Retries = or(c.Retries, defaultRetries)
	return &c
}

// or gives a, or b where a is not set (nothing below zero is a setting).
func or[T int | time.Duration](a, b T) T {
	if a > 0 {
		return a
	}
	return b
}

// command gives what a check runs in the container. Test is not empty. A first word that is none of Docker's is the
// command itself.
func command(test []string) []string {
	switch test[0] {
	case "CMD":
		return test[1:]
	case "CMD-SHELL":
		if len(test) > 1 {
			return []string{"/bin/sh", "-c", test[1]}
		}
		return nil
	}
	return test
}
