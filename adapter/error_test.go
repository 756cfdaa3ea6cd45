package adapter

import (
	"errors"
	"fmt"
	"testing"

	"gotest.tools/v3/assert"
)

func TestKindOfLooksThroughWrapping(t *testing.T) {
	inner := &Error{Kind: PortInUse, Op: OpStartContainer, Resource: "web", Words: "Address already in use"}
	wrapped := fmt.Errorf("up: %w", inner)
	assert.Equal(t, KindOf(wrapped), PortInUse)
	assert.Assert(t, Is(wrapped, PortInUse))
	assert.Assert(t, !Is(wrapped, NotFound))
	assert.Equal(t, KindOf(errors.New("x")), Unknown)
	assert.Equal(t, KindOf(nil), Kind(""))
	assert.Assert(t, !Is(nil, Kind("")))
	assert.Equal(t, wrapped.Error(), "up: start container web: Address already in use")
}
