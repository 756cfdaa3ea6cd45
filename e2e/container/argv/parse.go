package argv

import "errors"

// ExitUsage is the exit code of a *UsageError.
const ExitUsage = 64

// Parse reads a command line (without the program's name) for the command tree under root.
//
// The error is a *Help, a *UsageError, or what a Validate returned.
func Parse(root *Command, args []string) (*Invocation, error) {
	tokens, usageErr := tokenize(args)
	if usageErr != nil {
		return nil, usageErr.at([]*Command{root})
	}
	p := &parser{
		line: line{tokens: tokens, used: make([]bool, len(tokens))},
		in:   &Invocation{Path: []*Command{root}, options: map[string][]string{}, args: map[string][]string{}},
	}
	if err := p.descend(); err != nil {
		return nil, err
	}
	if err := p.finish(); err != nil {
		return nil, err
	}
	return p.in, nil
}

type parser struct {
	line line
	in   *Invocation
}

// descend parses level by level: the options of a command may stand before and after the name of its subcommand.
func (p *parser) descend() error {
	for {
		cmd := p.in.Command()
		if err := p.level(cmd); err != nil {
			return err
		}
		if err := p.validate(cmd); err != nil {
			return err
		}
		sub, help := p.takeSubcommand(cmd)
		if help != nil {
			return help
		}
		if sub != nil {
			p.in.Path = append(p.in.Path, sub)
			continue
		}
		if p.onlyOneElementLeft() {
			if err := p.builtIn(); err != nil {
				return err
			}
		}
		if cmd.Default == nil {
			return nil
		}
		p.in.Path = append(p.in.Path, cmd.Default)
	}
}

func (p *parser) validate(cmd *Command) error {
	if cmd.Validate == nil {
		return nil
	}
	err := cmd.Validate(p.in)
	if err == nil {
		return nil
	}
	if help := p.builtIn(); help != nil {
		return help
	}
	var refused *UsageError
	if errors.As(err, &refused) {
		return refused.at(p.in.Path)
	}
	return err
}

// takeSubcommand consumes the name of a subcommand when it is the next unused element. "help" below the root is built in; its
// words name the command to explain, as far as they do.
func (p *parser) takeSubcommand(cmd *Command) (*Command, *Help) {
	i := p.line.next()
	if i < 0 || p.line.tokens[i].kind != valueToken {
		return nil, nil
	}
	sub := cmd.child(p.line.tokens[i].text)
	if sub != nil {
		p.line.use(i)
		return sub, nil
	}
	if len(p.in.Path) == 1 && len(cmd.Commands) > 0 && p.line.tokens[i].text == "help" {
		path := p.in.Path
		for _, t := range p.line.unused()[1:] {
			next := path[len(path)-1].child(t.text)
			if next == nil {
				break
			}
			path = append(path, next)
		}
		return nil, &Help{Text: helpText(path)}
	}
	return nil, nil
}

func (p *parser) onlyOneElementLeft() bool {
	rest := p.line.unused()
	for _, t := range rest {
		if t.pos != rest[0].pos {
			return false
		}
	}
	return len(rest) > 0
}

// builtIn answers --help and --version when they are among what is left.
func (p *parser) builtIn() error {
	version := ""
	for _, c := range p.in.Path {
		if c.Version != "" {
			version = c.Version
		}
	}
	askedVersion := false
	for _, t := range p.line.unused() {
		if t.kind != optionToken {
			continue
		}
		switch t.name {
		case "-h", "--help", "--help-hidden":
			return &Help{Text: helpText(p.in.Path)}
		case "--version":
			askedVersion = true
		}
	}
	if askedVersion && version != "" {
		return &Help{Text: version}
	}
	return nil
}

// level parses the options and positional arguments of one command and leaves alone what it does not know.
func (p *parser) level(cmd *Command) error {
	lv := level{cmd: cmd, all: &p.line, here: append([]bool(nil), p.line.used...)}
	if err := lv.scan(p.in.options); err != nil {
		return err.at(p.in.Path)
	}
	missing := lv.positionals(p.in.args)
	if missing != nil {
		if help := p.builtIn(); help != nil {
			return help
		}
		return missing.at(p.in.Path)
	}
	return nil
}

// finish refuses what nobody used, and turns a bare group into its help.
func (p *parser) finish() error {
	if err := p.builtIn(); err != nil {
		return err
	}
	rest := p.line.unused()
	if len(rest) > 1 || len(rest) == 1 && rest[0].kind != terminatorToken {
		for _, t := range rest {
			if t.kind == optionToken {
				return unknownOption(p.in.Command(), t.name).at(p.in.Path)
			}
		}
		return unexpected(rest).at(p.in.Path)
	}
	if cmd := p.in.Command(); cmd.Run == nil && len(cmd.Commands) > 0 {
		return &Help{Text: helpText(p.in.Path)}
	}
	return nil
}
