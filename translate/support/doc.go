// Package support says, attribute by attribute, what becomes of everything that the Compose specification knows: one
// row each, as data. Check makes findings of the rows for what a file sets; docs/attributes.md is written from them;
// tests hold them against compose-go's list of attributes, so that none is forgotten when compose-go learns more.
//
// The package translates nothing. Rows whose message needs numbers or context are marked Told: package translate
// says those itself. Start reading at Row, then at Check.
package support

//go:generate go run ./gen ../../docs/attributes.md
