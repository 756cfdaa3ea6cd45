package view

// Colours writes ANSI colours, or nothing when it is false.
type Colours bool

// The codes of ANSI SGR that are used.
const (
	red    = "31"
	green  = "32"
	yellow = "33"
	blue   = "34"
	bold   = "1"
)

func (c Colours) paint(code, text string) string {
	if !c || code == "" || text == "" {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}
