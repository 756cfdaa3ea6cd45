//go:build linux

package main

import (
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gotest.tools/v3/assert"
)

func TestParseMounts(t *testing.T) {
	t.Parallel()
	c := parsing(t, "1.4.1", nil)
	assert.NilError(t, os.Mkdir(filepath.Join(c.cwd, "src"), 0o700))
	got, err := c.parseMounts(
		[]string{"/tmp:size=64m,mode=1777", "/tmp/"},
		[]string{"./src:/src:ro", ":/leading", "data:/data", "data:/data", "data:/d2:ro,x"},
		[]string{"type=tmpfs,target=/t,size=1m,mode=700", "src=src,dst=/s2,readonly=false", "type=volume,source=v1,destination=/v", "type=volume,target=/anon",
			"type=volume,target=/anon"},
	)
	assert.NilError(t, err)
	var shown []string
	for _, m := range got {
		kind := "volume " + m.name
		if m.Type.Tmpfs != nil {
			kind = "tmpfs"
		} else if m.Type.Virtiofs != nil {
			kind = "bind " + strings.TrimPrefix(m.Source, c.cwd)
		}
		shown = append(shown, kind+" "+m.Destination+" "+strings.Join(m.Options, "+"))
	}
	assert.DeepEqual(t, shown, []string{
		"tmpfs /tmp size=64m+mode=1777", "bind /src /src ro", "volume  /leading ", "volume data /data ", "volume data /data ", "volume data /d2 ro+x",
		"tmpfs /t size=1048576+mode=700", "bind /src /s2 ro", "volume v1 /v ", "volume  /anon ",
	})
	for _, bad := range []string{"tmp", ""} {
		_, err := c.parseMounts([]string{bad}, nil, nil)
		assert.Assert(t, err != nil, bad)
	}
	old := parsing(t, "1.2.2", nil)
	got, err = old.parseMounts([]string{"/tmp:size=64m"}, nil, nil)
	assert.NilError(t, err)
	assert.Equal(t, got[0].Destination, "/tmp:size=64m", "up to 1.2.2 the options are part of the path")
}

func TestParseAttachments(t *testing.T) {
	t.Parallel()
	got, err := parseAttachments([]string{"a,mac=02-42-AC-11-00-02,mtu=1500", "b"}, "web.shop.test", "")
	assert.NilError(t, err)
	assert.DeepEqual(t, got, []wantedAttachment{
		{"a", attachmentOptions{Hostname: "web.shop.test.", MACAddress: "02:42:ac:11:00:02", MTU: 1500}},
		{"b", attachmentOptions{Hostname: "web.shop.test", MTU: 1280}},
	})
	got, err = parseAttachments(nil, "web", "")
	assert.NilError(t, err)
	assert.DeepEqual(t, got, []wantedAttachment{{"default", attachmentOptions{Hostname: "web", MTU: 1280}}})
	got, err = parseAttachments([]string{"none"}, "web", "")
	assert.NilError(t, err)
	assert.Equal(t, len(got), 0)
}

func TestParsePlatform(t *testing.T) {
	t.Parallel()
	got, err := parsePlatform("linux/aarch64/v8")
	assert.NilError(t, err)
	assert.Equal(t, got, platform{"linux", "arm64", "v8"})
	for _, bad := range []string{"linux", "linux/z80", "plan9/amd64", "a/b/c/d", ""} {
		_, err := parsePlatform(bad)
		assert.ErrorContains(t, err, "unsupported platform", bad)
	}
}

func TestPlanUser(t *testing.T) {
	t.Parallel()
	five, six := uint32(5), uint32(6)
	for _, each := range []struct {
		name       string
		user       string
		uid, gid   *uint32
		image      string
		dockerUser string
		groups     int
	}{
		{"nothing", "", nil, nil, "", "", 0},
		{"the image's", "", nil, nil, "www:www", "www:www", 0},
		{"--user beats the others", "me", &five, &six, "www", "me", 0},
		{"--uid", "", &five, nil, "www", "5:0", 0},
		{"--uid and --gid", "", &five, &six, "", "5:6", 0},
		{"--gid alone is a supplementary group", "", nil, &six, "www", "www", 1},
	} {
		user, groups := planUser(each.user, each.uid, each.gid, each.image)
		assert.Equal(t, processConfig{User: user}.dockerUser(), each.dockerUser, each.name)
		assert.Equal(t, len(groups), each.groups, each.name)
	}
}

func TestDrawSubnet(t *testing.T) {
	t.Parallel()
	last := func(n int) int { return n - 1 }
	used := []netip.Prefix{netip.MustParsePrefix("10.66.0.0/24"), netip.MustParsePrefix("10.66.3.128/25"), netip.MustParsePrefix("fd00::/8")}
	got, found := drawSubnet([]string{"10.66.0.0/22 24", "nonsense", "fd00::/8 64"}, used, last)
	assert.Assert(t, found)
	assert.Equal(t, got.String(), "10.66.2.0/24")
	_, found = drawSubnet([]string{"10.66.0.0/24 24"}, used, last)
	assert.Assert(t, !found)
	_, found = drawSubnet(nil, nil, last)
	assert.Assert(t, !found)
}

func TestAddressesRotate(t *testing.T) {
	t.Parallel()
	network := &networkRecord{Status: networkStatus{IPv4Subnet: "10.66.2.0/29"}, LastHost: 1} // .2 to .5
	used := map[string]bool{"10.66.2.3/29": true}
	var got []string
	for range 5 {
		address, err := network.nextAddress(used)
		assert.NilError(t, err)
		got = append(got, address.String())
	}
	assert.DeepEqual(t, got, []string{"10.66.2.2/29", "10.66.2.4/29", "10.66.2.5/29", "10.66.2.2/29", "10.66.2.4/29"})
	for _, each := range []string{"10.66.2.2/29", "10.66.2.4/29", "10.66.2.5/29"} {
		used[each] = true
	}
	_, err := network.nextAddress(used)
	assert.ErrorContains(t, err, "failed to bootstrap container")
	wide := &networkRecord{Status: networkStatus{IPv4Subnet: "192.168.64.0/24"}, LastHost: 252}
	for _, want := range []string{"192.168.64.253/24", "192.168.64.2/24"} {
		address, err := wide.nextAddress(nil)
		assert.NilError(t, err)
		assert.Equal(t, address.String(), want)
	}
}
