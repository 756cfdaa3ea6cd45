// Package adaptertest is for tests of and with runtime adapters: Run, the conformance suite that every adapter passes;
// Fake, a runtime in memory that keeps Apple container's rules; and the wrappers Calls (records), Faulty (fails at the
// n-th call) and Slow (takes time), which go around any adapter. Nothing here is used outside tests. Start reading at
// Run for the contract, at Fake for a runtime to test with.
package adaptertest
