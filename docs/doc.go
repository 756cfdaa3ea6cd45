// Package docs holds the tests that keep the pages of this folder true: the import table, the package comments, the
// generated pages.
package docs
