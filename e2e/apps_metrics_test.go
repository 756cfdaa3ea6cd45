package e2e

import (
	"encoding/json"
	"fmt"
	"net/url"
	"time"

	"gotest.tools/v3/assert"
)

// metricsDay fails orders until somebody is paged: from the service over Prometheus and Alertmanager to the pager.
func metricsDay(d *day) {
	everything := map[string]fate{"prometheus": created, "alertmanager": created, "exporter": created, "orders": created, "pager": created}
	d.compose("up -d --wait", everything)
	d.samples("up", `{job="machine"} 1`, `{job="orders"} 1`)
	d.fail(2)
	d.post("ORDERS_PORT", "/orders/tea", nil, 200)
	d.samples("orders:placed:total", `{job="orders"} 1`)
	d.samples("orders_failed_total", `{job="orders"} 2`)
	d.sees("nobody is paged", d.page("PAGER_PORT", "/warehouse"))
	d.fail(1)
	d.paged("/warehouse", "OrdersFail: 3 orders have failed at orders\n")

	// A file of the exporter's folder is read at each scrape.
	d.samples("warehouse_temperature_celsius", `{job="machine"} 17`)
	d.edit("textfile/warehouse.prom", "celsius 17", "celsius 23")
	d.samples("warehouse_temperature_celsius", `{job="machine"} 23`)

	d.compose("up -d --wait", nil)
	d.compose("restart prometheus", map[string]fate{"prometheus": restarted})
	d.samples("max_over_time(orders_failed_total[1h])", `{job="orders"} 3`)
	d.compose("up -d --wait --force-recreate --no-deps orders", map[string]fate{"orders": recreated})
	d.samples("orders_failed_total", `{job="orders"} 0`)

	// A config's content comes from the environment. What has it keeps it until it is made anew, which takes its data along.
	d.setenv("FAILURES_ALLOWED", "4")
	d.setenv("TEAM", "night-shift")
	d.compose("up -d --wait", nil)
	d.sees("rules as before", d.exec("prometheus", "cat", "/etc/prometheus/rules/alerts.yml"))
	d.compose("up -d --wait --force-recreate --no-deps prometheus alertmanager", map[string]fate{"prometheus": recreated, "alertmanager": recreated})
	d.sees("rules", d.exec("prometheus", "cat", "/etc/prometheus/rules/alerts.yml"))
	d.samples("max_over_time(orders_failed_total[1h])", `{job="orders"} 3`)
	d.fail(5)
	d.paged("/night-shift", "OrdersFail: 5 orders have failed at orders\n")
	// A config that is a file is the file itself, which the server reads again when it is told to.
	d.edit("recording.yml", "- record: orders:placed:total", "- record: orders:failed:total\n        expr: sum(orders_failed_total) by (job)\n      - record: orders:placed:total")
	d.compose("up -d --wait", nil)
	d.post("PROMETHEUS_PORT", "/-/reload", nil, 200)
	d.samples("orders:failed:total", `{job="orders"} 5`)

	d.compose("down", map[string]fate{"prometheus": removed, "alertmanager": removed, "exporter": removed, "orders": removed, "pager": removed})
	d.portsAreFree()
	d.compose("up -d --wait", everything)
	d.samples("max_over_time(orders_failed_total[1h])", `{job="orders"} 5`)
	d.gone()
}

func (d *day) fail(times int) {
	d.Helper()
	for range times {
		d.post("ORDERS_PORT", "/orders/anvil", nil, 422)
	}
}

// paged waits until the team has got exactly the page.
func (d *day) paged(team, want string) {
	d.Helper()
	d.within(30*time.Second, "a page for "+team, func() error {
		if got := d.page("PAGER_PORT", team); got != want {
			return fmt.Errorf("the pager has %q", got)
		}
		return nil
	})
	d.sees("page for "+team, want)
}

// samples waits until a query gives exactly these, each as its job and its value, in any order.
func (d *day) samples(query string, want ...string) {
	d.Helper()
	d.within(30*time.Second, query, func() error {
		var answer struct {
			Data struct {
				Result []struct {
					Metric map[string]string
					Value  [2]any
				}
			}
		}
		body := d.page("PROMETHEUS_PORT", "/api/v1/query?query="+url.QueryEscape(query))
		assert.NilError(d, json.Unmarshal([]byte(body), &answer))
		found := map[string]bool{}
		for _, r := range answer.Data.Result {
			found[fmt.Sprintf("{job=%q} %v", r.Metric["job"], r.Value[1])] = true
		}
		for _, w := range want {
			if !found[w] {
				return fmt.Errorf("no %s: %s", w, body)
			}
		}
		if len(found) != len(want) {
			return fmt.Errorf("%d samples: %s", len(found), body)
		}
		return nil
	})
	d.sees(query, fmt.Sprint(want))
}
