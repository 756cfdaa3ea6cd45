package ledger

import "fmt"

// ProblemKind says why a ledger cannot be used. The list is closed.
type ProblemKind string

// The kinds of problems. None of them is answered by writing over what is there.
const (
	Damaged        ProblemKind = "damaged"         // cannot be read as a ledger
	Newer          ProblemKind = "newer"           // written by a newer program
	OtherDirectory ProblemKind = "other directory" // the project was moved or copied
	OtherProject   ProblemKind = "other project"   // lies in the folder of another project name
	OtherLineage   ProblemKind = "other lineage"   // ledger and index have different IDs
	Conflict       ProblemKind = "conflict"        // written by somebody else since it was read
	Unwritable     ProblemKind = "unwritable"      // its folder cannot be written
)

// Problem is a ledger that cannot be used: what is wrong with which file, and the way out.
type Problem struct {
	Kind ProblemKind
	Path string // file or folder
	// Detail is what was seen: "unexpected end of JSON input", "schema 4, this program knows 1".
	Detail string
	Hint   string
	Err    error // cause, may be nil
}

// Error gives what and where; the way out is in Hint.
func (p *Problem) Error() string {
	switch p.Kind {
	case Damaged:
		return fmt.Sprintf("ledger %s is damaged: %s", p.Path, p.Detail)
	case Newer:
		return fmt.Sprintf("ledger %s was written by a newer version of Hostwright compose: %s", p.Path, p.Detail)
	case OtherDirectory:
		return fmt.Sprintf("ledger %s belongs to a project in another directory: %s", p.Path, p.Detail)
	case OtherProject:
		return fmt.Sprintf("ledger %s belongs to another project: %s", p.Path, p.Detail)
	case OtherLineage:
		return fmt.Sprintf("ledger %s is not the one that the index knows: %s", p.Path, p.Detail)
	case Conflict:
		return fmt.Sprintf("ledger %s was changed by another process: %s", p.Path, p.Detail)
	case Unwritable:
		return fmt.Sprintf("cannot write to %s: %s", p.Path, p.Detail)
	}
	return fmt.Sprintf("ledger %s: %s", p.Path, p.Detail)
}

// Unwrap gives the cause.
func (p *Problem) Unwrap() error { return p.Err }

const hintAdopt = "`hostwright compose adopt` shows what can be taken over by the runtime's labels, " +
	"`hostwright compose adopt --yes` does it and keeps the old file beside the new one"

func damaged(path, detail string) *Problem {
	return &Problem{Kind: Damaged, Path: path, Detail: detail, Hint: hintAdopt}
}

// NoticeKind says what Load had to do to find a ledger.
type NoticeKind string

// Restored: there is no ledger beside the compose file, and the index's copy for the same directory is used. It is to
// be believed when the runtime's labels agree, which the planner's proofs of ownership see to.
const Restored NoticeKind = "restored"

// Notice is something that Load found and that the user should know; it stops nothing.
type Notice struct {
	Kind NoticeKind
	Path string // of the missing ledger
	From string // of the index entry
}

// Message says it in a sentence, to stand behind Path.
func (n *Notice) Message() string {
	return fmt.Sprintf("the ledger is missing; the copy in %s is used", n.From)
}
