package e2e

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"gotest.tools/v3/assert"
)

// webshopDay orders tea: an order goes over the queue to a worker, into the database, and to the customer by mail.
func webshopDay(d *day) {
	everything := map[string]fate{"web": created, "worker": created, "db": created, "queue": created, "mail": created}
	d.compose("up -d --wait", everything)
	d.sees("an empty shop", d.page("SHOP_PORT", "/"))
	d.order("tea", 2, "ada@example.com", "shipped")
	d.order("teapot", 3, "ada@example.com", "shipped")
	d.order("teapot", 1, "late@example.com", "sold out")
	d.post("SHOP_PORT", "/orders", url.Values{"product": {"anvil"}, "quantity": {"1"}, "email": {"ada@example.com"}}, 404)
	d.sees("the shop after three orders", d.page("SHOP_PORT", "/"))
	d.sees("mail", d.mailOf("ada@example.com", 2)+d.mailOf("late@example.com", 1))

	d.compose("up -d --wait", nil)
	// Without workers orders wait in the queue, over a restart of the queue too.
	d.compose("stop worker", map[string]fate{"worker": stopped})
	waiting := d.place("cup", 4, "grace@example.com")
	d.compose("up -d --wait --no-deps --force-recreate queue", map[string]fate{"queue": recreated})
	d.sees("waiting in the queue", d.exec("queue", "redis-cli", "lrange", "orders:waiting", "0", "-1"))
	d.compose("start worker", map[string]fate{"worker": restarted})
	d.becomes(waiting, "shipped")
	d.compose("restart web", map[string]fate{"web": restarted})
	d.sees("the shop after a restart", d.page("SHOP_PORT", "/"))

	// A value that only the workers have, then one worker more, then the sources.
	d.edit("compose.yaml", "DELIVERY_DAYS: 3", "DELIVERY_DAYS: 1")
	d.compose("up -d --wait", map[string]fate{"worker": recreated})
	d.order("tea", 1, "quick@example.com", "shipped")
	d.sees("mail of a quick delivery", d.mailOf("quick@example.com", 1))
	d.edit("compose.yaml", "replicas: 2", "replicas: 3")
	d.compose("up -d --wait", map[string]fate{"worker-3": created})
	d.edit("shop/shop/templates/front.html", "<h1>The tea shop</h1>", "<h1>The tea shop, now with biscuits</h1>")
	d.compose("up -d --wait --build", map[string]fate{"web": recreated, "worker": recreated})
	d.sees("the shop with new sources", d.page("SHOP_PORT", "/"))

	d.compose("down -t 5", map[string]fate{"web": removed, "worker": removed, "db": removed, "queue": removed, "mail": removed})
	d.portsAreFree()
	d.compose("up -d --wait", everything)
	d.sees("the shop on the next day", d.page("SHOP_PORT", "/"))
	for n := range 12 {
		d.place("cup", 1+n%3, fmt.Sprintf("guest%d@example.com", n))
	}
	d.within(20*time.Second, "a dozen orders", func() error {
		return contains(d.page("SHOP_PORT", "/"), "<p>16 orders shipped</p>")
	})
	d.gone()
}

// order places an order and waits until it is in the state.
func (d *day) order(product string, quantity int, email, state string) {
	d.Helper()
	d.becomes(d.place(product, quantity, email), state)
}

func (d *day) place(product string, quantity int, email string) int {
	d.Helper()
	answer := d.post("SHOP_PORT", "/orders", url.Values{"product": {product}, "quantity": {strconv.Itoa(quantity)}, "email": {email}}, 202)
	var placed struct{ Order int }
	assert.NilError(d, json.Unmarshal([]byte(answer), &placed))
	return placed.Order
}

func (d *day) becomes(order int, state string) {
	d.Helper()
	path := fmt.Sprintf("/orders/%d", order)
	d.within(20*time.Second, path, func() error { return contains(d.page("SHOP_PORT", path), `"state":"`+state+`"`) })
	d.sees(path, d.page("SHOP_PORT", path))
}

// mailOf waits for so many messages: they are written after the order has changed.
func (d *day) mailOf(address string, messages int) string {
	d.Helper()
	var text string
	d.within(10*time.Second, "mail of "+address, func() error {
		text = d.page("MAIL_PORT", "/"+address)
		if n := strings.Count(text, "\n"); n != messages {
			return fmt.Errorf("%d messages: %s", n, text)
		}
		return nil
	})
	return text
}
