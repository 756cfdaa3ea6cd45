package doctor

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/hostwright/compose/adapter"
)

// command looks for the runtime's command and its age.
func command(ctx context.Context, s *sight) []Result {
	var err error
	if s.version, err = s.Adapter.Version(ctx); err != nil {
		return failed(err)
	}
	return one(OK, s.Adapter.Name()+" "+s.version.Client, "")
}

// services asks whether the runtime's services run.
func services(ctx context.Context, s *sight) []Result {
	if err := s.Adapter.Ping(ctx); err != nil {
		return failed(err)
	}
	return one(OK, "running", "")
}

// failed words an error of the runtime with what the adapter knows to do about it.
func failed(err error) []Result {
	var e *adapter.Error
	if errors.As(err, &e) {
		return one(Failed, e.Error(), e.Hint)
	}
	return one(Failed, err.Error(), "")
}

// versions compares the command with the services: an installer replaces the files and leaves the old services running.
func versions(_ context.Context, s *sight) []Result {
	v := s.version
	switch {
	case v.Server == "":
		return one(Warning, "the services do not say which version they are", "")
	case v.Mixed():
		return one(Failed, fmt.Sprintf("the command is %s, its services are still %s", v.Client, v.Server), adapter.MixedHint)
	}
	return one(OK, "command and services are "+v.Client, "")
}

// slowListing is what a listing should never take: every command waits for one.
const slowListing = time.Second

func listing(_ context.Context, s *sight) []Result {
	if s.listError != nil {
		return failed(s.listError)
	}
	took := s.listed.Round(time.Millisecond)
	message := fmt.Sprintf("all containers are listed in %s; %d of Hostwright's run", took, len(s.containers))
	if took > slowListing {
		return one(Warning, message, "every command waits for a listing: unused networks and containers slow it down")
	}
	return one(OK, message, "")
}

// networks asks for them: before macOS 26 there are none.
func networks(ctx context.Context, s *sight) []Result {
	list, err := s.Adapter.ListNetworks(ctx)
	if err != nil {
		return failed(err)
	}
	return one(OK, fmt.Sprintf("%d", len(list)), "")
}
