package daemon

import (
	"fmt"

	"github.com/hostwright/compose/adapter"
	"github.com/hostwright/compose/adapter/applecontainer"
)

// RuntimeVariable is the environment variable that names the runtime.
const RuntimeVariable = "HOSTWRIGHT_RUNTIME"

// OpenAdapter gives the adapter of the runtime that HOSTWRIGHT_RUNTIME names: Apple container when it is empty or
// "apple". It does no I/O: whether the runtime is there shows at the first call.
func OpenAdapter(lookup func(string) (string, bool)) (adapter.RuntimeAdapter, error) {
	name, _ := lookup(RuntimeVariable)
	switch name {
	case "", "apple":
		return applecontainer.New(applecontainer.Options{}), nil
	}
	return nil, fmt.Errorf("%s is %q: the runtimes are \"apple\" (Apple container, the default)", RuntimeVariable, name)
}
