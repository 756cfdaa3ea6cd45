//go:build linux

package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"gotest.tools/v3/assert"
)

// points are the 20 points of reference 10.2, by which adapters are tripped up; each has the tests that show it.
var points = []struct {
	point string
	tests []string
}{
	{"argument grammar", []string{"TestPoint01ArgumentGrammar", "TestPoint01EverythingAfterTheImageIsTheProcess", "TestFragmentUsage"}},
	{"Docker's flags refused", []string{"TestPoint02DockersFlagsAreRefused"}},
	{"JSON", []string{"TestPoint03JSON", "TestPoint03ListsAreInRandomOrder", "TestPoint03ImageJSON", "TestEncodeContainer"}},
	{"names and labels", []string{"TestPoint04NamesAndLabels", "TestParseContainerLabels", "TestNetworkLabels"}},
	{"ports", []string{"TestPoint05Ports", "TestPoint05PortHeldByAnotherProcess", "TestPoint05PublishedPortsAreIPv4AndListenBeforeTheProcess", "TestPoint05UDP"}},
	{"create makes volumes", []string{"TestPoint06CreateMakesVolumes"}},
	{"states and addresses", []string{"TestPoint07StatesAndAddresses", "TestPoint07ServicesRestart", "TestPoint07DaemonDownBySwitch", "TestPoint07CrashOfTheServices"}},
	{"exit codes", []string{"TestPoint08ExitCodes", "TestPoint08AShortLifeLosesNothing"}},
	{"logs", []string{"TestPoint09Logs", "TestPoint09FollowDoesNotEnd"}},
	{"stop, kill, delete, start", []string{"TestPoint10StopAndStates", "TestPoint10StopSignals"}},
	{"--rm", []string{"TestPoint11RemoveAtExit"}},
	{"a volume is attached once", []string{"TestPoint12Volumes", "TestFragmentVolumeBusy"}},
	{"what is referred to is not deleted", []string{"TestPoint13ReferredNetworksAndVolumesStay"}},
	{"stats take time, network list may time out", []string{"TestPoint14StatsTakesTwoSeconds", "TestPoint14NetworkListMayTimeOutOnce"}},
	{"hosts, resolver, names", []string{"TestPoint15HostsAndNames", "TestPoint15ResolverFlags", "TestPoint15AMountedHostsFileIsLive", "TestUnknownNamesAreRefusedAtOnce"}},
	{"image look-up", []string{"TestPoint16ImageLookups", "TestPoint16AnotherMacHasOtherImages"}},
	{"memory and CPUs", []string{"TestPoint17MemoryAndCPUs"}},
	{"system version", []string{"TestPoint18SystemVersion"}},
	{"inspect with one missing", []string{"TestPoint19InspectOfSeveralWithOneMissing", "TestPoint19ImageInspectWithOneMissing"}},
	{"errors of several targets", []string{"TestPoint20SeveralTargets", "TestPoint20ImageDeleteOfSeveral"}},
}

// fragments are the rows of reference 6.2, by which front ends classify errors; each fragment is in the text of one of its tests.
var fragments = []struct {
	class     string
	fragments []string
	tests     []string
}{
	{"not found: container", []string{"container with ID no-such not found", "get failed: container", "container not found: ", "no such container: "},
		[]string{"TestFragmentNotFoundContainer", "TestPoint14StatsTakesTwoSeconds"}},
	{"not found: network", []string{"network no-such not found", "network not found: ", "no network for id", "failed to delete one or more networks"},
		[]string{"TestFragmentNotFoundNetwork", "TestFragmentNotFoundAtStart"}},
	{"not found: volume", []string{"volume 'no-such' not found", "volume not found: ", "failed to delete one or more volumes"},
		[]string{"TestFragmentNotFoundVolume", "TestFragmentNotFoundAtStart"}},
	{"not found: image", []string{"image not found: ", "image with reference", "failed to delete one or more images"}, []string{"TestFragmentNotFoundImage"}},
	{"exists", []string{"already exists", "hostname(s) already exist"}, []string{"TestFragmentExists", "TestFragmentHostnames"}},
	{"name", []string{"is not a valid container ID", "invalid entity name", "invalid network name", "is not a valid name", "invalid volume name"},
		[]string{"TestFragmentName", "TestPoint04NamesAndLabels", "TestFragmentsByFault"}},
	{"wrong state", []string{
		"is not running", "is running and can not be deleted", "no runtime client exists", "cannot exec: container is not running",
		"attach is currently unsupported on already running containers", "expected to be in created state", "has a pending operation",
	}, []string{"TestFragmentWrongState", "TestPoint07CrashOfTheServices", "TestFragmentsByFault"}},
	{"in use", []string{"is currently in use and cannot be accessed", "with referring containers", "delete failed for one or more"}, []string{"TestFragmentInUse"}},
	{"builtin", []string{"cannot delete a builtin network", "cannot delete builtin network"}, []string{"TestFragmentBuiltin", "TestFragmentsByFault"}},
	{"port", []string{"Address already in use", "Permission denied while binding to host port", "may not overlap", "invalid publish"},
		[]string{"TestFragmentPort", "TestFragmentPortBelow1024"}},
	{"volume busy", []string{"storage device attachment is invalid"}, []string{"TestFragmentVolumeBusy"}},
	{"mount", []string{"path './none' does not exist", "is not a directory", "mount source path", "unknown directive", "invalid volume format"},
		[]string{"TestFragmentMount"}},
	{"process", []string{"failed to find target executable", "command/entrypoint not specified for container process"},
		[]string{"TestFragmentProcess", "TestFragmentNoCommand"}},
	{"registry: auth", []string{"no credentials found for host", "access denied or wrong credentials", "failed with response: 401", "failed with response: 403"},
		[]string{"TestFragmentRegistryAuth", "TestFragmentRegistryToken", "TestFragmentRegistryForbiddenAndLimit"}},
	{"registry: absent", []string{"failed with response: 404"}, []string{"TestFragmentRegistryAbsent"}},
	{"registry: network", []string{"failed to resolve either repository hostname", "Connection refused"}, []string{"TestFragmentRegistryNetwork"}},
	{"registry: limit", []string{"failed with response: 429"}, []string{"TestFragmentRegistryForbiddenAndLimit"}},
	{"platform", []string{"does not support required platforms", "unsupported platform", "platform "}, []string{"TestFragmentPlatform", "TestParsePlatform"}},
	{"reference", []string{"cannot parse path for reference", "cannot specify 64 byte hex string as reference"}, []string{"TestFragmentReference"}},
	{"limits", []string{
		"minimum memory amount allowed is 200 MiB", "cannot exceed more than 64 port publish descriptors", "volume size too small",
		"exceeds the maximum allowed size",
	}, []string{"TestFragmentLimits", "TestBuildRefusesALargeDockerfile"}},
	{"OS", []string{"non-default network configuration requires macOS 26 or newer"}, []string{"TestFragmentOS"}},
	{"daemon", []string{"XPC connection error", "XPC timeout for request to", "unable to retrieve application data root"},
		[]string{"TestFragmentDaemon", "TestPoint14NetworkListMayTimeOutOnce", "TestFragmentsByFault"}},
	{"set-up", []string{"default kernel not configured for architecture", "default kernel not found"}, []string{"TestFragmentSetUp", "TestFragmentsByFault"}},
	{"plugin", []string{"Plugins are unavailable", "Plugin 'container-compose' not found"}, []string{"TestFragmentPlugin"}},
	{"usage", []string{"Unknown option '", "Missing expected argument '", "Missing value for '", "Unexpected argument '", "The value 'x' is invalid for '"},
		[]string{"TestFragmentUsage"}},
	// Not in 6.2: texts of 4.8, 2.13 and 2.19.
	{"network properties", []string{"unknown network property"}, []string{"TestFragmentNetworkProperties"}},
	{"subnets", []string{"overlaps an existing network with subnet"}, []string{"TestFragmentSubnets"}},
}

// switches are the troubles and other switches that docs/stand-in.md lists; each has a test.
var switches = map[string]string{
	"no-chown": "TestBadDayChownOnBindsIsRefused", "no-file-events": "TestBadDayNoFileEventsOnBinds", "dns-dead": "TestBadDayDNSDead",
	"ports-reset": "TestBadDayPortsReset", "no-rosetta": "TestBadDayNoRosetta", "no-kernel": "TestFragmentSetUp", "macos-15": "TestFragmentOS",
	"new-subnets": "TestBadDayNewSubnets", "list-lags": "TestBadDayListLacksNewContainers", "copy-hangs": "TestBadDayCopyHangs",
	"STANDIN_SERVER_VERSION": "TestBadDayServerOlderThanClient", "STANDIN_DOWN": "TestPoint07DaemonDownBySwitch",
	"STANDIN_VERSION": "TestVersionsDiffer", "STANDIN_RECORD": "TestRecordWritesOneLinePerCall", "STANDIN_FAULT": "TestFaultsAreCountedOverAllProcesses",
	"STANDIN_FAULT_PIDFILE": "TestFaultKillsTheVictim", "--standin-crash": "TestPoint07CrashOfTheServices", "--standin-destroy": "TestDestroyLeavesNothing",
}

// testTexts gives for each test of this folder the texts in its body.
func testTexts(t *testing.T) map[string]string {
	t.Helper()
	texts := map[string]string{}
	names, err := filepath.Glob("*_test.go")
	assert.NilError(t, err)
	for _, name := range names {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		assert.NilError(t, err)
		for _, declared := range file.Decls {
			function, ok := declared.(*ast.FuncDecl)
			if !ok || !strings.HasPrefix(function.Name.Name, "Test") {
				continue
			}
			var found strings.Builder
			ast.Inspect(function.Body, func(node ast.Node) bool {
				if literal, ok := node.(*ast.BasicLit); ok && literal.Kind == token.STRING {
					text, err := strconv.Unquote(literal.Value)
					assert.NilError(t, err)
					found.WriteString(text + "\n")
				}
				return true
			})
			texts[function.Name.Name] = found.String()
		}
	}
	return texts
}

// TestEverythingOfTheReferenceHasATest walks the reference's lists: each point, each row of error texts with each of its
// fragments, and each switch has a named test; and no test named after them stands outside of the lists.
func TestEverythingOfTheReferenceHasATest(t *testing.T) {
	t.Parallel()
	texts := testTexts(t)
	listed := map[string]bool{}
	mustExist := func(what string, names []string) {
		assert.Check(t, len(names) > 0, what)
		for _, name := range names {
			_, exists := texts[name]
			assert.Check(t, exists, "%s: there is no %s", what, name)
			listed[name] = true
		}
	}
	assert.Equal(t, len(points), 20)
	for i, each := range points {
		mustExist(each.point, each.tests)
		own := "TestPoint" + strconv.Itoa(100 + i + 1)[1:]
		assert.Check(t, slices.ContainsFunc(each.tests, func(name string) bool { return strings.HasPrefix(name, own) }), "no test is named %s…", own)
	}
	for _, row := range fragments {
		mustExist(row.class, row.tests)
		for _, fragment := range row.fragments {
			found := slices.ContainsFunc(row.tests, func(name string) bool { return strings.Contains(texts[name], fragment) })
			assert.Check(t, found, "%s: no test of %v looks for %q", row.class, row.tests, fragment)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(switches)) {
		mustExist(name, []string{switches[name]})
	}
	for _, each := range troubles {
		assert.Check(t, switches[string(each)] != "", "the trouble %s has no test", each)
	}
	manual, err := os.ReadFile("../../docs/stand-in.md")
	assert.NilError(t, err)
	for _, each := range troubles {
		row := regexp.MustCompile("(?m)^\\| `" + string(each) + "`.*`" + switches[string(each)] + "` \\|$")
		assert.Check(t, row.Match(manual), "docs/stand-in.md has no row for %s with its test", each)
	}
	for name := range texts {
		if strings.HasPrefix(name, "TestPoint") || strings.HasPrefix(name, "TestFragment") {
			assert.Check(t, listed[name], "%s stands in no list", name)
		}
	}
}
