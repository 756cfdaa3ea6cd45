"""Puts the parts of the style sheet together, again whenever one of them changes."""
import pathlib
import time

PARTS, TARGET = pathlib.Path("/styles"), pathlib.Path("/web/site.css")


def build():
    text = "".join(f"/* {part.name} */\n{part.read_text()}" for part in sorted(PARTS.glob("*.css")))
    TARGET.write_text(text)
    print(f"built {len(text)} bytes", flush=True)


seen = None
while True:
    state = [(part.name, part.stat().st_mtime_ns, part.stat().st_size) for part in sorted(PARTS.glob("*.css"))]
    if state != seen:
        seen = state
        build()
    time.sleep(0.2)
