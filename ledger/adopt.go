package ledger

import (
	"sort"
	"strconv"

	"github.com/hostwright/compose/translate/declared"
)

// Labelled is a container, network or volume of the runtime as adoption sees it.
type Labelled struct {
	Kind   Kind
	Name   string
	Labels map[string]string
	Digest string // a container's image
	Folder bool   // a volume that is kept as a folder; its marker has the labels
}

// Proposal is what could be taken over under one ledger id.
type Proposal struct {
	ID string
	// Dirs are the project directories that the labels name, sorted; more than one is worth a question.
	Dirs    []string
	Entries []Entry
	// Gone are entries of the known ledger that the runtime does not have.
	Gone []Entry
	// Unknown counts proposed entries of which only the labels are known: what was declared at creation is not, so
	// the next up may recreate them.
	Unknown int
}

// Propose says what of the runtime's resources belongs to a project by its labels: one proposal for each ledger id
// that they carry, by id. known is a ledger that can still be read (that of a project which was moved, or the index's
// copy), or nil; its entries keep what labels do not tell. It takes no key and writes nothing: the caller puts the
// chosen proposal into a ledger with that ID.
//
// Nothing is proposed by its name: a resource needs the labels of the project and of a ledger. Images carry no labels
// and come only from known.
func Propose(project string, known *Ledger, found []Labelled) []Proposal {
	byID := map[string]*Proposal{}
	if known != nil {
		byID[known.ID] = &Proposal{ID: known.ID}
	}
	seen := map[Kind]map[string]bool{Container: {}, Network: {}, Volume: {}}
	for _, r := range found {
		id := r.Labels[declared.OwnLedger]
		if r.Labels[declared.OwnProject] != project || id == "" || seen[r.Kind] == nil {
			continue
		}
		p := byID[id]
		if p == nil {
			p = &Proposal{ID: id}
			byID[id] = p
		}
		if known != nil && known.ID == id {
			seen[r.Kind][r.Name] = true
		}
		p.take(r, known)
	}
	if known != nil {
		byID[known.ID].leave(known, seen)
	}
	return sortedProposals(byID)
}

// take adds one resource, with the known entry where there is one.
func (p *Proposal) take(r Labelled, known *Ledger) {
	if dir := r.Labels[declared.LabelWorkingDir]; dir != "" {
		i := sort.SearchStrings(p.Dirs, dir)
		if i == len(p.Dirs) || p.Dirs[i] != dir {
			p.Dirs = append(p.Dirs[:i], append([]string{dir}, p.Dirs[i:]...)...)
		}
	}
	if known != nil && known.ID == p.ID {
		if e, ok := known.Entry(r.Kind, r.Name); ok {
			p.Entries = append(p.Entries, *e)
			return
		}
	}
	p.Unknown++
	p.Entries = append(p.Entries, entryOf(r))
}

// leave adds the known entries of images, which have no labels to be seen by, and tells which others are gone.
func (p *Proposal) leave(known *Ledger, seen map[Kind]map[string]bool) {
	for _, e := range known.Entries {
		switch {
		case e.Kind == Image:
			p.Entries = append(p.Entries, e)
		case !seen[e.Kind][e.Name]:
			p.Gone = append(p.Gone, e)
		}
	}
}

// entryOf makes an entry of what the labels tell. A volume counts as prepared: it may hold data, and nothing is copied
// into it again.
func entryOf(r Labelled) Entry {
	number, _ := strconv.Atoi(r.Labels[declared.OwnNumber])
	e := Entry{
		Kind: r.Kind, Name: r.Name, State: Created,
		Key:     r.Labels[declared.OwnKey],
		Service: r.Labels[declared.OwnService],
		Number:  number,
		OneOff:  r.Labels[declared.OwnOneOff] == "true",
		Target:  r.Labels[declared.OwnTarget],
		Hash:    r.Labels[declared.OwnHash],
		Digest:  r.Digest,
	}
	if r.Kind == Volume {
		e.State, e.VolumeKind = Prepared, Disk
		if r.Folder {
			e.VolumeKind = Folder
		}
	}
	return e
}

func sortedProposals(byID map[string]*Proposal) []Proposal {
	out := make([]Proposal, 0, len(byID))
	for _, p := range byID {
		sort.Slice(p.Entries, func(i, j int) bool { return p.Entries[i].before(&p.Entries[j]) })
		out = append(out, *p)
	}
	sort.Slice(out, func(i, j int) bool { return out[i].ID < out[j].ID })
	return out
}
