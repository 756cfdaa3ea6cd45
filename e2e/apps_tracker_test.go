package e2e

import (
	"net/url"
)

// trackerDay opens and closes issues, before and after a migration that gives them a priority.
func trackerDay(d *day) {
	d.imageStays = true
	everything := map[string]fate{"nginx": created, "web": created, "migrate": created, "assets": created, "db": created}
	d.compose("up -d --wait", everything)
	for _, title := range []string{"the door squeaks", "<b>no</b> tea left"} {
		d.post("TRACKER_PORT", "/issues", url.Values{"title": {title}}, 200)
	}
	d.post("TRACKER_PORT", "/issues", url.Values{"title": {" "}}, 400)
	d.post("TRACKER_PORT", "/issues/1/close", nil, 200)
	d.post("TRACKER_PORT", "/issues/7/close", nil, 404)
	d.sees("issues", d.page("TRACKER_PORT", "/"))
	d.sees("style", d.page("TRACKER_PORT", "/static/issues/style.css"))
	d.sees("settings", d.exec("web", "sh", "-c", `echo "$SITE_TITLE|$DJANGO_SECRET_KEY|$DATABASE_HOST"`))

	// What ran to its end runs again, but for what would write to a disk that somebody reads.
	d.differs("assets-1", kept, "a volume that nginx holds cannot be written to (docs/plan.md, Networks and volumes)")
	d.compose("up -d --wait", map[string]fate{"migrate": restarted, "assets": restarted})
	d.compose("up -d --wait --force-recreate --no-deps web", map[string]fate{"web": recreated})
	d.compose("restart nginx", map[string]fate{"nginx": restarted})
	d.sees("issues after a restart", d.page("TRACKER_PORT", "/"))

	// A new release: a migration that changes what is there, new pages, new assets.
	d.change("priorities")
	d.differs("nginx-1", restarted, "nginx lets go of the volume while it is written to (docs/plan.md, Networks and volumes)")
	d.compose("up -d --wait --build", map[string]fate{"web": recreated, "migrate": recreated, "assets": recreated})
	d.compose("restart nginx", map[string]fate{"nginx": restarted})
	d.sees("issues with priorities", d.page("TRACKER_PORT", "/"))
	d.sees("new style", d.page("TRACKER_PORT", "/static/issues/style.css"))
	d.sees("migrations", d.exec("web", "python3", "manage.py", "showmigrations", "issues"))

	// Settings of one's own, in the file that was missing so far.
	d.write("local.env", "SITE_TITLE=My issues\n")
	d.differs("nginx-1", restarted, "nginx lets go of the volume while it is written to (docs/plan.md, Networks and volumes)")
	d.compose("up -d --wait", map[string]fate{"web": recreated, "migrate": recreated, "assets": recreated})
	d.compose("restart nginx", map[string]fate{"nginx": restarted})
	d.sees("issues under another title", d.page("TRACKER_PORT", "/"))

	d.compose("down", map[string]fate{"nginx": removed, "web": removed, "migrate": removed, "assets": removed, "db": removed})
	d.portsAreFree()
	d.compose("up -d --wait", everything)
	d.sees("issues on the next day", d.page("TRACKER_PORT", "/"))
	d.gone()
}
