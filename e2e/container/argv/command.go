package argv

import (
	"context"
	"slices"
	"strings"
	"unicode/utf8"
)

// Command is one command, or a group of commands when it has Commands. The zero value of each field means "none".
type Command struct {
	// Name is the word on the command line; the root's is the name of the program.
	Name string
	// Aliases are further words for the same command ("ls" for "list").
	Aliases []string
	// Abstract is the line shown in help texts.
	Abstract string
	// Version is what --version prints, on this command and all below it. Only the root sets it.
	Version string
	// Options are the flags and options, in the order in which help shows them.
	Options []Option
	// Args are the positional arguments, in their order. Only the last may repeat or capture.
	Args []Arg
	// Commands are the subcommands.
	Commands []*Command
	// Default is the command that runs when no subcommand is named. It is one of Commands.
	Default *Command
	// Hidden leaves the command out of help texts.
	Hidden bool
	// Validate judges the parsed values before the command runs. An error made by Refuse is reported as wrong usage (exit
	// code 64); any other error is returned by Parse as it is.
	Validate func(*Invocation) error
	// Run does the work. Parse never calls it. A group without it answers with its help.
	Run func(context.Context, *Invocation) error
}

// Kind says what an option's value must look like.
type Kind int

// The kinds. Integers are decimal with an optional sign, without blanks.
const (
	// Text takes any value.
	Text Kind = iota
	// Flag takes no value and is true when given.
	Flag
	// Int64 takes a signed integer of 64 bits.
	Int64
	// Int32 takes a signed integer of 32 bits.
	Int32
	// Uint32 takes an unsigned integer of 32 bits.
	Uint32
)

// Option is a flag or an option with a value.
type Option struct {
	// Names without dashes, in the order of the declaration. A name of one letter is a short one (-e), all others are long
	// ones (--env). Values are looked up under the first long name, else the first name.
	Names []string
	// Kind of the value.
	Kind Kind
	// Value is the name of the value in help and messages; default is the first long name.
	Value string
	// Repeat lets the option be given several times; all values count.
	Repeat bool
	// Default is the value when the option is not given; shown in help.
	Default string
	// Choices, when not empty, are the only values allowed.
	Choices []string
	// Check judges a value as part of parsing, like an option type of its own. A reason that is not empty refuses the value.
	Check func(value string) (reason string, ok bool)
	// Help describes the option.
	Help string
	// Hidden leaves the option out of help and usage texts.
	Hidden bool
}

// Arg is a positional argument.
type Arg struct {
	// Name in help and messages.
	Name string
	// Help describes the argument.
	Help string
	// Optional arguments may be missing.
	Optional bool
	// Repeat takes all remaining positional elements.
	Repeat bool
	// Capture takes everything that remains, verbatim, options and "--" included.
	Capture bool
	// Default is the value of an optional argument that is missing; shown in help.
	Default string
}

// key is the name under which an option's values are kept.
func (o *Option) key() string {
	for _, n := range o.Names {
		if utf8.RuneCountInString(n) > 1 {
			return n
		}
	}
	return o.Names[0]
}

// spellings are the option's names with their dashes, in the declared order.
func (o *Option) spellings() []string {
	out := make([]string, len(o.Names))
	for i, n := range o.Names {
		out[i] = spell(n)
	}
	return out
}

// preferred is the spelling used in usage texts.
func (o *Option) preferred() string { return spell(o.key()) }

func (o *Option) valueName() string {
	if o.Value != "" {
		return o.Value
	}
	return o.key()
}

func spell(name string) string {
	if utf8.RuneCountInString(name) == 1 {
		return "-" + name
	}
	return "--" + name
}

func isShort(spelling string) bool {
	return !strings.HasPrefix(spelling, "--") && utf8.RuneCountInString(spelling) == 2
}

// capturing says whether the command hands everything from its first positional element on to somebody else.
func (c *Command) capturing() bool {
	return slices.ContainsFunc(c.Args, func(a Arg) bool { return a.Capture })
}

// passesOn says whether a parent has to stop at this command's name, because what follows is not for the parent.
func (c *Command) passesOn() bool {
	return c.capturing() || (c.Default != nil && c.Default.passesOn())
}

func (c *Command) option(spelling string) *Option {
	for i := range c.Options {
		if slices.Contains(c.Options[i].spellings(), spelling) {
			return &c.Options[i]
		}
	}
	return nil
}

func (c *Command) child(word string) *Command {
	for _, sub := range c.Commands {
		if sub.Name == word && word != "" || slices.Contains(sub.Aliases, word) {
			return sub
		}
	}
	return nil
}
