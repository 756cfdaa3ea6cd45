package argv

import (
	"fmt"
	"strconv"
)

// Invocation is a parsed command line: the command and its values. It is read only.
type Invocation struct {
	// Path are the commands from the root down; the last is the one to run.
	Path []*Command

	options map[string][]string // by option key; a flag has one empty value when given
	args    map[string][]string
}

// Command is the command to run.
func (in *Invocation) Command() *Command { return in.Path[len(in.Path)-1] }

// Given says whether the option was on the command line. Name is the option's first long name, else its letter, without
// dashes; all methods here panic for a name that no command of the path declares, which is a bug in the caller.
func (in *Invocation) Given(name string) bool {
	in.declared(name)
	_, ok := in.options[name]
	return ok
}

// Bool is the value of a flag.
func (in *Invocation) Bool(name string) bool { return in.Given(name) }

// String is the last value of an option, else its default.
func (in *Invocation) String(name string) string {
	o := in.declared(name)
	if all := in.options[name]; len(all) > 0 {
		return all[len(all)-1]
	}
	return o.Default
}

// Strings are all values of a repeatable option, in order; nil when it was not given.
func (in *Invocation) Strings(name string) []string {
	in.declared(name)
	return in.options[name]
}

// Int is the last value of an integer option, else its default, else 0.
func (in *Invocation) Int(name string) int64 {
	n, err := strconv.ParseInt(in.String(name), 10, 64)
	if err != nil {
		return 0 // not given, and no default: given values were checked while parsing
	}
	return n
}

// Arg is the value of a positional argument, else its default.
func (in *Invocation) Arg(name string) string {
	if all := in.args[name]; len(all) > 0 {
		return all[0]
	}
	for _, a := range in.Command().Args {
		if a.Name == name {
			return a.Default
		}
	}
	panic(fmt.Sprintf("argv: %s has no argument %q", in.Command().Name, name))
}

// Args are the values of a repeating or capturing argument, in order.
func (in *Invocation) Args(name string) []string { return in.args[name] }

func (in *Invocation) declared(name string) *Option {
	for i := len(in.Path) - 1; i >= 0; i-- {
		for j := range in.Path[i].Options {
			if in.Path[i].Options[j].key() == name {
				return &in.Path[i].Options[j]
			}
		}
	}
	panic(fmt.Sprintf("argv: %s has no option %q", in.Command().Name, name))
}

// parse checks a value against the option's kind, choices and check. The reason, when there is one, is shown behind the message.
func (o *Option) parse(value string) (reason string, ok bool) {
	var err error
	switch o.Kind {
	case Int64:
		_, err = strconv.ParseInt(value, 10, 64)
	case Int32:
		_, err = strconv.ParseInt(value, 10, 32)
	case Uint32:
		_, err = parseUint32(value)
	case Text:
		if o.Check != nil {
			if reason, ok := o.Check(value); !ok {
				return reason, false
			}
		}
		if len(o.Choices) > 0 && !contains(o.Choices, value) {
			return "", false
		}
	case Flag:
		return "", false
	}
	return "", err == nil
}

// parseUint32 accepts a leading plus sign, as Swift's UInt32 does.
func parseUint32(value string) (uint64, error) {
	if len(value) > 1 && value[0] == '+' {
		value = value[1:]
	}
	return strconv.ParseUint(value, 10, 32)
}

func contains(all []string, one string) bool {
	for _, s := range all {
		if s == one {
			return true
		}
	}
	return false
}
