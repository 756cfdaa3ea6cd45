package cli

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/hostwright/compose/cmd/cli/view"
	"github.com/hostwright/compose/orchestrate"
)

// adoptOptions are the flags of "adopt".
type adoptOptions struct {
	yes  bool
	from string
}

func newAdopt(c *composeCommand) *cobra.Command {
	o := &adoptOptions{}
	cmd := &cobra.Command{
		Use:   "adopt [OPTIONS]",
		Short: "Take over a project whose ledger is lost, damaged or was made elsewhere",
		Long: "Show what the runtime's labels say belongs to this project and the ledger does not list. With --yes it is\n" +
			"written into the ledger, and from then on up and down act on it. Nothing in the runtime is changed.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.adopt(cmd.Context(), o) },
	}
	cmd.Flags().BoolVarP(&o.yes, "yes", "y", false, "Take over what is shown")
	cmd.Flags().StringVar(&o.from, "from", "", "Directory where the project was before it was moved")
	return cmd
}

// adopt shows first, always; it does only with --yes.
func (c *composeCommand) adopt(ctx context.Context, o *adoptOptions) error {
	s, err := c.selectProject(ctx)
	if err != nil {
		return err
	}
	if s.ref.Dir == "" { // -p: the name alone; what is taken over comes here, where a file says so
		if p, err := c.load(ctx, c.loadOptions()); err == nil {
			s.ref.Dir = p.WorkingDir
		}
	}
	client, err := c.app.Client()
	if err != nil {
		return err
	}
	r := orchestrate.AdoptRequest{Ref: s.ref, From: o.from, Preview: true}
	if r.From != "" && !filepath.IsAbs(r.From) {
		r.From = filepath.Join(c.app.Dir, r.From)
	}
	found, err := client.Adopt(ctx, r)
	if err != nil {
		return err
	}
	if err := c.printFindings(c.app.Streams.Err, found.Findings); err != nil {
		return err
	}
	out := c.app.Streams.Out
	if err := view.Adoption(out, s.ref.Name, found); err != nil {
		return err
	}
	if len(found.Resources) == 0 {
		return nil
	}
	if !o.yes || c.dryRun {
		_, err := fmt.Fprintln(out, "Nothing was changed; run the command again with --yes to take this over.")
		return err
	}
	r.Preview = false
	done, err := client.Adopt(ctx, r)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "Taken over: %d resources, ledger %s.\n", len(done.Resources), done.LedgerID)
	return err
}
