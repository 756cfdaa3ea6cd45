package declared

import (
	"regexp"
	"strings"
	"testing"

	"gotest.tools/v3/assert"
	"pgregory.net/rapid"
)

func TestNames(t *testing.T) {
	long := strings.Repeat("x", 70)
	for _, c := range []struct{ name, got, want string }{
		{"a replica", ContainerName("shop", &Service{Name: "web"}, 2), "shop-web-2"},
		{"a fixed name stays as it is", ContainerName("shop", &Service{Name: "web", ContainerName: "Fixed"}, 1), "Fixed"},
		{"capitals", ContainerName("shop", &Service{Name: "Web"}, 1), "shop-web-1"},
		{"a one-off", OneOffName("shop", "web", "0a1b"), "shop-web-run-0a1b"},
		{"a network", ResourceName("shop", "default"), "shop_default"},
		{"an image", ImageName("shop", "Web", false), "shop-web"},
		{"a replica with an old name", ContainerName("shop", &Service{Name: "web", OldNames: true}, 2), "shop_web_2"},
		{"an image with an old name", ImageName("shop", "web", true), "shop_web"},
		{"63 characters fit", Fit(long[:63]), long[:63]},
	} {
		t.Run(c.name, func(t *testing.T) { assert.Equal(t, c.got, c.want) })
	}
	a, b := AnonymousVolumeName("shop-web-1", "/data"), AnonymousVolumeName("shop-web-1", "/other")
	assert.Assert(t, a != b && strings.HasPrefix(a, "shop-web-1_anon_"))
	assert.Equal(t, AnonymousVolumeName("shop-web-1", "/data"), a)
}

func TestFittedNamesAreTakenAndDiffer(t *testing.T) {
	network := regexp.MustCompile(`^[a-z0-9](?:[a-z0-9._-]{0,61}[a-z0-9])?$`) // Apple container 1.4.1
	names := rapid.StringMatching(`[a-zA-Z0-9][a-zA-Z0-9._-]{0,90}[a-zA-Z0-9]`)
	rapid.Check(t, func(t *rapid.T) {
		a, b := names.Draw(t, "a"), names.Draw(t, "b")
		if !network.MatchString(Fit(a)) {
			t.Fatalf("%q becomes %q", a, Fit(a))
		}
		if Fit(Fit(a)) != Fit(a) {
			t.Fatalf("%q is fitted twice", a)
		}
		if !strings.EqualFold(a, b) && Fit(a) == Fit(b) {
			t.Fatalf("%q and %q are both %q", a, b, Fit(a))
		}
	})
}
