package supervise

import (
	"testing"
	"time"

	"github.com/hostwright/compose/translate/declared"
	"gotest.tools/v3/assert"
	"pgregory.net/rapid"
)

func TestDecideByPolicyAndEnd(t *testing.T) {
	ends := map[string]End{
		"0": {Known: true}, "3": {Known: true, Code: 3}, "unknown": {}, "start failed": {StartFailed: true},
		"user": {Known: true, Code: 137, ByUser: true},
	}
	for _, c := range []struct {
		policy   string
		restarts []string
	}{
		{"", nil},
		{"no", nil},
		{"always", []string{"0", "3", "unknown", "start failed"}},
		{"unless-stopped", []string{"0", "3", "unknown", "start failed"}},
		{"on-failure", []string{"3", "unknown", "start failed"}},
	} {
		want := map[string]bool{}
		for _, name := range c.restarts {
			want[name] = true
		}
		for name, e := range ends {
			d, h := Decide(declared.Restart{Policy: c.policy}, History{}, e, time.Unix(0, 0))
			assert.Equal(t, d.Restart, want[name], "%s after %s", c.policy, name)
			assert.Equal(t, h.Restarts == 1, want[name], "%s after %s: the count", c.policy, name)
			assert.Assert(t, !d.Exhausted)
		}
	}
}

func TestBackOffDoublesToAMinuteAndStartsAnew(t *testing.T) {
	p, h, now := declared.Restart{Policy: "always"}, History{}, time.Unix(0, 0)
	var got []time.Duration
	for range 12 {
		var d Decision
		d, h = Decide(p, h, End{Known: true, Code: 1, Ran: 9 * time.Second}, now)
		got = append(got, d.After)
	}
	ms := time.Millisecond
	assert.DeepEqual(t, got, []time.Duration{
		100 * ms, 200 * ms, 400 * ms, 800 * ms, 1600 * ms, 3200 * ms, 6400 * ms, 12800 * ms, 25600 * ms, 51200 * ms, time.Minute, time.Minute,
	})
	assert.Equal(t, h.Restarts, 12)
	d, h := Decide(p, h, End{Known: true, Code: 1, Ran: 10 * time.Second}, now)
	assert.Equal(t, d.After, 100*ms)
	assert.Equal(t, h.Restarts, 13) // the count goes on
}

func TestMaxRetries(t *testing.T) {
	at := func(s int) time.Time { return time.Unix(int64(s), 0) }
	fail := End{Known: true, Code: 1}
	for _, c := range []struct {
		name string
		p    declared.Restart
		at   []int // times of ends
		want []bool
	}{
		{"without a window they count for ever", declared.Restart{Policy: "on-failure", MaxRetries: 3}, []int{0, 1, 2, 9999}, []bool{true, true, true, false}},
		{"a window forgets", declared.Restart{Policy: "on-failure", MaxRetries: 2, Window: 10 * time.Second}, []int{0, 5, 8, 12}, []bool{true, true, false, true}},
		{"always counts too", declared.Restart{Policy: "always", MaxRetries: 1}, []int{0, 1}, []bool{true, false}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var h History
			for i, s := range c.at {
				var d Decision
				d, h = Decide(c.p, h, fail, at(s))
				assert.Equal(t, d.Restart, c.want[i], "end %d", i)
				assert.Equal(t, d.Exhausted, !c.want[i], "end %d", i)
			}
		})
	}
}

func TestDeployDelayReplacesTheBackOff(t *testing.T) {
	p, h := declared.Restart{Policy: "always", Delay: 3 * time.Second}, History{}
	for range 3 {
		var d Decision
		d, h = Decide(p, h, End{}, time.Unix(0, 0))
		assert.Equal(t, d.After, 3*time.Second)
	}
}

func TestResumes(t *testing.T) {
	for _, c := range []struct {
		policy              string
		interrupted, byUser bool
		want                bool
	}{
		{"no", true, false, false}, {"", true, false, false},
		{"always", true, false, true}, {"always", false, true, true},
		{"unless-stopped", true, false, true}, {"unless-stopped", false, true, false}, {"unless-stopped", true, true, false},
		{"on-failure", true, false, true}, {"on-failure", false, false, false}, {"on-failure", true, true, false},
	} {
		got := Resumes(declared.Restart{Policy: c.policy}, c.interrupted, c.byUser)
		assert.Equal(t, got, c.want, "%+v", c)
	}
}

// Whatever happens, no delay is below the first or above a minute, the count never falls, and no more restarts than
// allowed come within a window.
func TestDecideProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := declared.Restart{
			Policy:     rapid.SampledFrom([]string{"", "no", "always", "unless-stopped", "on-failure"}).Draw(t, "policy"),
			MaxRetries: rapid.IntRange(0, 4).Draw(t, "retries"),
			Window:     time.Duration(rapid.IntRange(0, 60).Draw(t, "window")) * time.Second,
		}
		var h History
		var restarts []time.Time
		now := time.Unix(0, 0)
		for range rapid.IntRange(1, 40).Draw(t, "ends") {
			now = now.Add(time.Duration(rapid.IntRange(0, 90).Draw(t, "gap")) * time.Second)
			e := End{
				Known: rapid.Bool().Draw(t, "known"), Code: rapid.IntRange(0, 2).Draw(t, "code"),
				Ran: time.Duration(rapid.IntRange(0, 20).Draw(t, "ran")) * time.Second, ByUser: rapid.Bool().Draw(t, "user"),
			}
			before := h
			var d Decision
			d, h = Decide(p, h, e, now)
			if !d.Restart {
				assert.DeepEqual(t, h, before)
				continue
			}
			assert.Assert(t, !e.ByUser)
			assert.Assert(t, d.After >= firstDelay && d.After <= maxDelay)
			assert.Equal(t, h.Restarts, before.Restarts+1)
			restarts = append(restarts, now)
			if p.MaxRetries == 0 {
				continue
			}
			inside := 0
			for _, r := range restarts {
				if p.Window <= 0 || now.Sub(r) <= p.Window {
					inside++
				}
			}
			assert.Assert(t, inside <= p.MaxRetries)
		}
	})
}
