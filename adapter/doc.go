// Package adapter is the seam between Hostwright and a container runtime: the RuntimeAdapter interface, the values
// that cross it, and its typed errors. All above the seam is Hostwright's and knows no argv and no JSON of a
// runtime; all below is the runtime's and knows no compose file. What differs between runtimes is a capability,
// never a question for an adapter's name. Start reading at RuntimeAdapter.
package adapter
