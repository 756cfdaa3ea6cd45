package argv

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"gotest.tools/v3/assert"
	"gotest.tools/v3/golden"
)

// tree is a command tree with one of each: a group with an alias, a capturing command, plain commands, a default command.
func tree() *Command {
	debug := Option{Names: []string{"debug"}, Kind: Flag, Help: "Enable debug output"}
	create := &Command{
		Name: "create", Abstract: "Create a new container",
		Options: []Option{
			{Names: []string{"e", "env"}, Repeat: true, Help: "Set environment variables"},
			{Names: []string{"i", "interactive"}, Kind: Flag, Help: "Keep the standard input open"},
			{Names: []string{"t", "tty"}, Kind: Flag, Help: "Open a TTY"},
			{Names: []string{"c", "cpus"}, Kind: Int64, Help: "Number of CPUs"},
			{Names: []string{"uid"}, Kind: Uint32, Help: "User ID"},
			{Names: []string{"m", "memory"}, Help: "Amount of memory"},
			{Names: []string{"name"}, Help: "Use the specified name"},
			{Names: []string{"rm", "remove"}, Kind: Flag, Help: "Remove the container after it stops"},
			{Names: []string{"entrypoint"}, Value: "cmd", Help: "Override the entrypoint"},
			{Names: []string{"scheme"}, Default: "https", Help: "Scheme"},
			{Names: []string{"progress"}, Value: "type", Default: "auto", Choices: []string{"auto", "none", "ansi", "plain", "color"}, Help: "Progress type"},
			{Names: []string{"no-dns"}, Kind: Flag, Help: "Do not configure DNS"},
			{Names: []string{"dns"}, Repeat: true, Value: "ip", Help: "DNS nameserver"},
			debug,
		},
		Args: []Arg{
			{Name: "image", Help: "Image name"},
			{Name: "arguments", Capture: true, Optional: true, Help: "Container init process arguments"},
		},
		Validate: func(in *Invocation) error {
			if in.Bool("no-dns") && in.Given("dns") {
				return Refuse("`--no-dns` cannot be used with `--dns`")
			}
			return nil
		},
	}
	list := &Command{
		Name: "list", Aliases: []string{"ls"}, Abstract: "List containers",
		Options: []Option{
			{Names: []string{"a", "all"}, Kind: Flag, Help: "Include stopped ones"},
			{Names: []string{"format"}, Default: "table", Choices: []string{"json", "table"}, Help: "Format of the output"},
			debug,
		},
	}
	stop := &Command{
		Name: "stop", Abstract: "Stop containers",
		Options: []Option{
			{Names: []string{"a", "all"}, Kind: Flag, Help: "Stop all"},
			{Names: []string{"t", "time"}, Kind: Int32, Default: "5", Help: "Seconds to wait"},
			debug,
		},
		Args: []Arg{{Name: "container-ids", Repeat: true, Optional: true, Help: "Container IDs"}},
	}
	remove := &Command{
		Name: "inspect", Abstract: "Inspect images", Options: []Option{debug},
		Args: []Arg{{Name: "images", Repeat: true, Help: "Images to inspect"}},
	}
	image := &Command{Name: "image", Aliases: []string{"i"}, Abstract: "Manage images", Options: []Option{debug}, Commands: []*Command{remove}}
	fallback := &Command{Hidden: true, Options: []Option{debug}, Args: []Arg{{Name: "remaining", Capture: true, Optional: true}}}
	return &Command{
		Name: "container", Abstract: "A container platform", Version: "container CLI version 1.4.1",
		Options: []Option{debug}, Commands: []*Command{fallback, create, list, stop, image}, Default: fallback,
	}
}

// shown is what a parse came to, in one line.
func shown(in *Invocation, err error) string {
	if err != nil {
		var usage *UsageError
		if errors.As(err, &usage) {
			return "64 " + usage.Message
		}
		var help *Help
		if errors.As(err, &help) {
			return "help " + strings.SplitN(help.Text, "\n", 2)[0]
		}
		return "1 " + err.Error()
	}
	var parts []string
	for _, c := range in.Path[1:] {
		parts = append(parts, c.Name)
	}
	for _, c := range in.Path {
		for i := range c.Options {
			key := c.Options[i].key()
			if !in.Given(key) || slices.ContainsFunc(parts, func(p string) bool { return strings.HasPrefix(p, key+"=") }) {
				continue
			}
			parts = append(parts, key+"="+strings.Join(in.Strings(key), "|"))
		}
	}
	for _, a := range in.Command().Args {
		if got := in.Args(a.Name); len(got) > 0 {
			parts = append(parts, "<"+a.Name+">="+strings.Join(got, "|"))
		}
	}
	return strings.Join(parts, " ")
}

func TestParse(t *testing.T) {
	for _, tc := range []struct {
		name string
		args []string
		want string
	}{
		{"a long option takes the next element", []string{"create", "--name", "web", "nginx"}, "create name=web <image>=nginx"},
		{"a long option takes a joined value", []string{"create", "--name=web", "nginx"}, "create name=web <image>=nginx"},
		{"a joined value may hold the sign again", []string{"create", "--env=A=b=c", "nginx"}, "create env=A=b=c <image>=nginx"},
		{"a joined value may begin with a dash", []string{"create", "--env=-x", "nginx"}, "create env=-x <image>=nginx"},
		{"a short option takes a joined value after the sign", []string{"create", "-e=A=b", "nginx"}, "create env=A=b <image>=nginx"},
		{"a short option with a bare sign has the empty value", []string{"create", "-e=", "nginx"}, "create env= <image>=nginx"},
		{"a long option with a bare sign eats the next element", []string{"create", "--entrypoint=", "nginx", "alpine"}, "create entrypoint=nginx <image>=alpine"},
		{"a long option with a bare sign at the end has no value", []string{"create", "--entrypoint="}, "64 Missing value for '--entrypoint <cmd>'"},
		{"an empty element is a value", []string{"create", "--entrypoint", "", "nginx"}, "create entrypoint= <image>=nginx"},
		{"a single dash is a value", []string{"create", "--name", "-", "nginx"}, "create name=- <image>=nginx"},
		{"a value of its own may not begin with a dash", []string{"create", "--env", "-x", "nginx"}, "64 Missing value for '--env <env>'"},
		{"the short spelling is named in the message", []string{"create", "-e", "-x", "nginx"}, "64 Missing value for '-e <env>'"},
		{"a terminator is no value", []string{"create", "--name", "--", "nginx"}, "64 Missing value for '--name <name>'"},
		{"flags pack", []string{"create", "-it", "nginx"}, "create interactive= tty= <image>=nginx"},
		{"a pack may end in an option with a value", []string{"create", "-ie", "A=b", "nginx"}, "create env=A=b interactive= <image>=nginx"},
		{"a value cannot be joined to a letter", []string{"create", "-c2", "nginx"}, "64 The value 'nginx' is invalid for '-c <cpus>'"},
		{"a pack whose letter lacks its value is doubtful", []string{"create", "-ie"}, "64 Unknown option '-ie'. Did you mean '--env'?\n   or: Missing value for '-e <env>' in '-ie'"},
		{"a single dash before a long name is a pack", []string{"create", "-rm", "nginx"}, "64 Unknown option '-rm'. Did you mean '--rm'?"},
		{"the last of a single-valued option wins", []string{"create", "--name", "a", "--name", "b", "nginx"}, "create name=a|b <image>=nginx"},
		{"a flag takes no value", []string{"create", "--rm=true", "nginx"}, "64 The option '--rm' does not take any value, but 'true' was specified."},
		{"a fraction is no integer", []string{"create", "--cpus", "0.5", "nginx"}, "64 The value '0.5' is invalid for '--cpus <cpus>'"},
		{"an unsigned integer has no sign", []string{"create", "--uid=-1", "nginx"}, "64 The value '-1' is invalid for '--uid <uid>'"},
		{"an unsigned integer fits in 32 bits", []string{"create", "--uid", "4294967296", "nginx"}, "64 The value '4294967296' is invalid for '--uid <uid>'"},
		{"a choice is one of the listed", []string{"create", "--progress", "tty", "nginx"}, "64 The value 'tty' is invalid for '--progress <type>'. Please provide one of 'auto', 'none', 'ansi', 'plain' or 'color'."},
		{"two choices are joined by and", []string{"list", "--format", "xml"}, "64 The value 'xml' is invalid for '--format <format>'. Please provide one of 'json' and 'table'."},

		{"everything behind the image is captured", []string{"create", "nginx", "-g", "--rm", "--", "x"}, "create <image>=nginx <arguments>=-g|--rm|--|x"},
		{"help behind the image is captured", []string{"create", "nginx", "--help"}, "create <image>=nginx <arguments>=--help"},
		{"three dashes are refused behind the image too", []string{"create", "nginx", "echo", "---"}, "64 Invalid option: ---"},
		{"more dashes with a word are refused", []string{"create", "nginx", "----x"}, "64 Invalid option: ----x"},
		{"a dash and a sign are refused", []string{"create", "nginx", "-=x"}, "64 Invalid option: -=x"},
		{"a terminator before the image protects all that follows", []string{"create", "--name", "x", "--", "nginx", "echo", "---", "-=x"}, "create name=x <image>=nginx <arguments>=echo|---|-=x"},
		{"an option behind a terminator is the image", []string{"create", "--", "--name"}, "create <image>=--name"},
		{"an unknown option ends the options and is reported", []string{"create", "--restart", "always", "--name", "x", "nginx"}, "64 Unknown option '--restart'"},
		{"a near miss gets a suggestion", []string{"create", "--entry-point", "x", "nginx"}, "64 Unknown option '--entry-point'. Did you mean '--entrypoint'?"},
		{"an unknown letter gets no suggestion", []string{"create", "-P", "nginx"}, "64 Unknown option '-P'"},
		{"an option behind the unknown one is not looked at", []string{"create", "--restart", "--cpus", "x", "nginx"}, "64 Unknown option '--restart'"},
		{"a missing image is reported", []string{"create", "--rm"}, "64 Missing expected argument '<image>'"},
		{"a missing image is reported before an unknown option", []string{"create", "--restart"}, "64 Missing expected argument '<image>'"},
		{"options and image may not be mixed", []string{"create", "nginx", "--name", "x"}, "create <image>=nginx <arguments>=--name|x"},

		{"other commands mix options and arguments", []string{"stop", "a", "-t", "3", "b"}, "stop time=3 <container-ids>=a|b"},
		{"a terminator ends the options", []string{"stop", "-t", "3", "--", "-a"}, "stop time=3 <container-ids>=-a"},
		{"a terminator alone is ignored", []string{"list", "--"}, "list"},
		{"a default stays", []string{"stop", "a"}, "stop <container-ids>=a"},
		{"a negative integer must be joined", []string{"stop", "--time=-1", "a"}, "stop time=-1 <container-ids>=a"},
		{"a negative integer of its own is an option", []string{"stop", "--time", "-1", "a"}, "64 Missing value for '--time <time>'"},
		{"an integer is bounded", []string{"stop", "--time", "2147483648", "a"}, "64 The value '2147483648' is invalid for '--time <time>'"},
		{"an extra argument is refused", []string{"list", "web"}, "64 Unexpected argument 'web'"},
		{"several extra arguments are counted", []string{"list", "web", "db"}, "64 2 unexpected arguments: 'web', 'db'"},
		{"an unknown option comes before an extra argument", []string{"list", "web", "--alll"}, "64 Unknown option '--alll'. Did you mean '--all'?"},
		{"a missing repeating argument shows dots", []string{"image", "inspect"}, "64 Missing expected argument '<images> ...'"},

		{"a global flag may stand first", []string{"--debug", "list"}, "list debug="},
		{"a global flag may stand last", []string{"list", "--debug"}, "list debug="},
		{"a global flag may stand between", []string{"image", "--debug", "inspect", "x"}, "image inspect debug= <images>=x"},
		{"a global flag behind the image is captured", []string{"create", "nginx", "--debug"}, "create <image>=nginx <arguments>=--debug"},
		{"aliases", []string{"i", "inspect", "x"}, "image inspect <images>=x"},
		{"an alias of a verb", []string{"ls", "-a"}, "list all="},
		{"an unknown first word goes to the default command", []string{"compose", "up", "-d", "--", "x"}, " <remaining>=compose|up|-d|--|x"},
		{"an unknown option before the command goes there too", []string{"--bogus", "list"}, " <remaining>=--bogus|list"},
		{"an unknown pack as well", []string{"-xyz"}, " <remaining>=-xyz"},
		{"nothing at all is the default command", nil, ""},
		{"an unknown word in a group is refused", []string{"image", "bogus"}, "64 Unexpected argument 'bogus'"},

		{"help of the root", []string{"--help"}, "help OVERVIEW: A container platform"},
		{"help of a command", []string{"create", "--help"}, "help OVERVIEW: Create a new container"},
		{"help among options", []string{"stop", "a", "-h"}, "help OVERVIEW: Stop containers"},
		{"help within a pack", []string{"list", "-ah"}, "help OVERVIEW: List containers"},
		{"a bad value beats help", []string{"create", "--cpus", "x", "--help"}, "64 The value 'x' is invalid for '--cpus <cpus>'"},
		{"a group alone shows its help", []string{"image"}, "help OVERVIEW: Manage images"},
		{"the help command", []string{"help", "image", "inspect"}, "help OVERVIEW: Inspect images"},
		{"the help command stops at the first word it does not know", []string{"help", "image", "bogus"}, "help OVERVIEW: Manage images"},
		{"version", []string{"--version"}, "help container CLI version 1.4.1"},
		{"version below", []string{"list", "--version"}, "help container CLI version 1.4.1"},

		{"a command's own rule", []string{"create", "--no-dns", "--dns", "1.1.1.1", "nginx"}, "64 `--no-dns` cannot be used with `--dns`"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			in, err := Parse(tree(), tc.args)
			assert.Equal(t, shown(in, err), tc.want)
		})
	}
}

func TestValuesOfTheInvocation(t *testing.T) {
	in, err := Parse(tree(), []string{"create", "-e", "A=1", "--env", "B=2", "--cpus", "+3", "nginx"})
	assert.NilError(t, err)
	assert.Equal(t, in.Command().Name, "create")
	assert.DeepEqual(t, in.Strings("env"), []string{"A=1", "B=2"})
	assert.Equal(t, in.Int("cpus"), int64(3))
	assert.Equal(t, in.String("scheme"), "https")
	assert.Assert(t, !in.Given("scheme"))
	assert.Assert(t, !in.Bool("tty"))
	assert.Equal(t, in.Arg("image"), "nginx")
	assert.Assert(t, in.Args("arguments") == nil)
}

func TestUndeclaredNamesPanic(t *testing.T) {
	in, err := Parse(tree(), []string{"list"})
	assert.NilError(t, err)
	defer func() {
		assert.Assert(t, recover() != nil, "a name that nobody declares is a bug and must not go unseen")
	}()
	in.Bool("tty")
}

func TestValidateErrorsOfOtherKindsPassThrough(t *testing.T) {
	root := tree()
	wrong := errors.New("no images specified")
	root.child("list").Validate = func(*Invocation) error { return wrong }
	_, err := Parse(root, []string{"list"})
	assert.Assert(t, err == wrong)
	_, err = Parse(root, []string{"list", "--help"})
	var help *Help
	assert.Assert(t, errors.As(err, &help), "help is answered before the rule's error")
}

func TestCheckGivesItsReason(t *testing.T) {
	root := tree()
	root.child("list").Options[1] = Option{Names: []string{"format"}, Help: "Format", Check: func(v string) (string, bool) {
		return "must be even", len(v)%2 == 0
	}}
	_, err := Parse(root, []string{"list", "--format", "odd"})
	assert.Equal(t, shown(nil, err), "64 The value 'odd' is invalid for '--format <format>': must be even")
}

func TestTexts(t *testing.T) {
	for name, args := range map[string][]string{
		"unknown-option":   {"create", "--restart", "always", "nginx"},
		"missing-value":    {"stop", "--time"},
		"missing-argument": {"image", "inspect"},
		"invalid-option":   {"create", "nginx", "---"},
		"help-root":        {"--help"},
		"help-create":      {"create", "--help"},
		"help-group":       {"image"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Parse(tree(), args)
			golden.Assert(t, err.Error()+"\n", name+".golden")
		})
	}
}

func TestRefuseRunningShowsTheUsageOfTheRoot(t *testing.T) {
	err := RefuseRunning(tree(), "unknown option '%s'", "--bogus")
	assert.Equal(t, err.Error(), "Error: unknown option '--bogus'\nUsage: container [--debug] <subcommand>\n  See 'container --help' for more information.")
}

func TestDistance(t *testing.T) {
	for _, tc := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"", "abc", 3}, {"kitten", "sitting", 3}, {"--rm", "-rm", 1}, {"bar", "baz", 1}, {"--dns", "--no-dns", 3}} {
		assert.Equal(t, distance(tc.a, tc.b), tc.want, tc.a+" "+tc.b)
		assert.Equal(t, distance(tc.b, tc.a), tc.want, tc.b+" "+tc.a)
	}
}

// FuzzParse: nothing on the command line is lost or invented. What a capturing command got is the end of the line, word for word,
// less a "--" before it; and a line that is refused says so in the form that front ends look for.
func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"create\x00--name\x00web\x00nginx\x00-g\x00--", "create\x00-it\x00--\x00nginx\x00---", "stop\x00-t\x003\x00a", "image\x00inspect\x00x",
		"--debug\x00list\x00-ah", "create\x00--entrypoint=\x00nginx\x00x", "-=x", "---", "compose\x00up", "create\x00-e=\x00x", "help\x00image", "",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, joined string) {
		var args []string
		if joined != "" {
			args = strings.Split(joined, "\x00")
		}
		in, err := Parse(tree(), args)
		var usage *UsageError
		if errors.As(err, &usage) {
			if !strings.HasPrefix(usage.Error(), "Error: ") || !strings.Contains(usage.Error(), "\nUsage: container") {
				t.Fatalf("unusual text: %q", usage.Error())
			}
			return
		}
		if err != nil {
			return
		}
		if tail := in.Args("arguments"); len(tail) > 0 {
			if !slices.Equal(args[len(args)-len(tail):], tail) {
				t.Fatalf("%q captured %q", args, tail)
			}
		}
		words := 0
		for _, all := range in.options {
			words += len(all)
		}
		for _, all := range in.args {
			words += len(all)
			for _, w := range all {
				if !slices.Contains(args, w) {
					t.Fatalf("%q gave the argument %q", args, w)
				}
			}
		}
		if !slices.Contains(args, "--") && len(args) > 0 && words == 0 && len(in.Path) < 2 {
			t.Fatalf("%q came to nothing", args)
		}
	})
}
