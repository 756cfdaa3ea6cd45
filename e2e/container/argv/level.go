package argv

// level is the parse of one command over the line. It looks at every token, but consumes only its own.
type level struct {
	cmd  *Command
	all  *line
	here []bool // tokens that this level has passed or used; starts as what others used
	mine []int  // tokens that this level used for options
}

// scan consumes the command's options. Values are appended to out.
func (lv *level) scan(out map[string][]string) *UsageError {
	stopsEarly := lv.cmd.passesOn()
	for i := range lv.all.tokens {
		if lv.here[i] {
			continue
		}
		lv.here[i] = true
		t := lv.all.tokens[i]
		switch t.kind {
		case valueToken:
			if lv.stopsAt(t.text, stopsEarly) {
				return lv.commit()
			}
		case terminatorToken:
			// A later positional may still want it.
		case optionToken:
			o := lv.cmd.option(t.name)
			if o == nil {
				// A pack is looked at letter by letter before it counts as unknown.
				if stopsEarly && !lv.isPack(i) {
					return lv.commit()
				}
				continue
			}
			if err := lv.consume(i, o, out); err != nil {
				return err
			}
		}
	}
	return lv.commit()
}

// stopsAt says whether a plain word ends the options of this command.
func (lv *level) stopsAt(word string, stopsEarly bool) bool {
	if sub := lv.cmd.child(word); sub != nil {
		return sub.passesOn()
	}
	return stopsEarly
}

func (lv *level) isPack(i int) bool {
	t := lv.all.tokens[i]
	return t.sub == whole && !t.hasValue && i+1 < len(lv.all.tokens) && lv.all.tokens[i+1].pos == t.pos
}

func (lv *level) consume(i int, o *Option, out map[string][]string) *UsageError {
	t := lv.all.tokens[i]
	key := o.key()
	if o.Kind == Flag {
		if t.hasValue {
			return takesNoValue(t.name, t.value)
		}
		lv.take(i)
		out[key] = append(out[key], "")
		return nil
	}
	value, valueAt := t.value, -1
	if !t.hasValue {
		valueAt = lv.valueAfter(t)
		if valueAt < 0 {
			return lv.missingValue(t, o)
		}
		value = lv.all.tokens[valueAt].text
	}
	if reason, ok := o.parse(value); !ok {
		return badValue(o, t.name, value, reason)
	}
	lv.take(i)
	if valueAt >= 0 {
		lv.take(valueAt)
	}
	out[key] = append(out[key], value)
	return nil
}

// valueAfter finds the element right behind an option, when it is a plain value. For a letter of a pack that is the element
// behind the pack, or behind the values that earlier letters took.
func (lv *level) valueAfter(t token) int {
	for i, o := range lv.all.tokens {
		if lv.here[i] || o.sub != whole || o.pos <= t.pos {
			continue
		}
		if o.kind == valueToken {
			return i
		}
		return -1
	}
	return -1
}

func (lv *level) missingValue(t token, o *Option) *UsageError {
	missing := missingValue(o, t.name)
	if t.sub == whole {
		return missing
	}
	for _, w := range lv.all.tokens {
		if w.pos == t.pos && w.sub == whole {
			unknown := unknownOption(lv.cmd, w.name)
			return &UsageError{Message: unknown.Message + "\n   or: " + missing.Message + " in '" + w.name + "'"}
		}
	}
	return missing
}

// take uses a token for this level.
func (lv *level) take(i int) {
	lv.mine = append(lv.mine, i)
	seen := line{tokens: lv.all.tokens, used: lv.here}
	seen.use(i)
}

// commit makes the options that this level used unavailable to all others.
func (lv *level) commit() *UsageError {
	for _, i := range lv.mine {
		lv.all.use(i)
	}
	return nil
}

// positionals hands the unused elements to the command's arguments. Options are skipped (somebody will report them), except
// by a capturing argument. The error is about the first argument that is missing.
func (lv *level) positionals(out map[string][]string) *UsageError {
	var stack []int
	for i, t := range lv.all.tokens {
		if !lv.all.used[i] && t.sub == whole {
			stack = append(stack, i)
		}
	}
	next := func(any bool) int {
		for len(stack) > 0 {
			i := stack[0]
			stack = stack[1:]
			if any || lv.all.tokens[i].kind == valueToken {
				return i
			}
		}
		return -1
	}
	var taken []int
	for _, a := range lv.cmd.Args {
		for {
			i := next(a.Capture)
			if i < 0 {
				break
			}
			taken = append(taken, i)
			out[a.Name] = append(out[a.Name], lv.all.tokens[i].text)
			if !a.Repeat && !a.Capture {
				break
			}
		}
	}
	for _, a := range lv.cmd.Args {
		if len(out[a.Name]) == 0 && !a.Optional {
			return missingArgument(a)
		}
	}
	for _, i := range taken {
		lv.all.use(i)
	}
	return nil
}
