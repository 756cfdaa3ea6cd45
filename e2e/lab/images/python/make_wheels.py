#!/usr/bin/env python3
"""Makes wheels from installed Debian packages and what they require.

usage: make_wheels.py FOLDER NAME...

The folder then answers `pip install NAME` as a package index would. A wheel is a zip file of the modules and the metadata folder, which has to
name its tags (WHEEL) and list its files with their hashes (RECORD).
"""
import base64
import hashlib
import importlib.metadata
import os
import re
import sys
import zipfile


def normalized(name):
    return re.sub(r"[-_.]+", "-", name).lower()


# Debian moves requirements from a distribution's metadata into the package's
# dependencies. These are the ones of the distributions that the lab offers.
REQUIREMENTS = {
    "django": ["asgiref", "sqlparse", "pytz"],
    "flask": ["werkzeug", "jinja2", "itsdangerous", "click"],
    "jinja2": ["markupsafe"],
    "prometheus-client": ["decorator"],
    "redis": ["async-timeout", "packaging"],
    "werkzeug": ["markupsafe"],
}

# Names under which a distribution is offered, too.
ALIASES = {"psycopg2": ["psycopg2-binary"]}


def metadata_folder(distribution):
    return os.fspath(distribution._path)


def module_files(distribution):
    """Paths, relative to the folder of packages, of a distribution's modules."""
    folder = metadata_folder(distribution)
    root = os.path.dirname(folder)
    top = distribution.read_text("top_level.txt")
    names = top.split() if top else [normalized(distribution.metadata["Name"]).replace("-", "_")]
    for name in names:
        path = os.path.join(root, name)
        if os.path.isdir(path):
            for directory, folders, files in os.walk(path):
                folders[:] = sorted(f for f in folders if f not in ("__pycache__", "tests", "test"))
                for file in sorted(files):
                    yield os.path.relpath(os.path.join(directory, file), root)
        elif os.path.isfile(path + ".py"):
            yield name + ".py"
        else:
            sys.exit(f"{distribution.metadata['Name']}: no module {name} in {root}")


def metadata(distribution, offered):
    """The METADATA file, under the offered name and with requirements."""
    text = distribution.read_text("METADATA") or distribution.read_text("PKG-INFO")
    header, separator, description = text.partition("\n\n")
    lines = [line for line in header.split("\n") if not line.startswith(("Name:", "Requires-Dist:"))]
    lines.insert(1, f"Name: {offered}")
    lines += [f"Requires-Dist: {name}" for name in REQUIREMENTS.get(normalized(distribution.metadata["Name"]), [])]
    return ("\n".join(line for line in lines if line) + separator + description).encode()


def make_wheel(target, distribution, offered):
    name = normalized(offered).replace("-", "_")
    version = distribution.version
    folder = metadata_folder(distribution)
    root = os.path.dirname(folder)
    info = f"{name}-{version}.dist-info"
    contents = {}
    for path in module_files(distribution):
        with open(os.path.join(root, path), "rb") as f:
            contents[path] = f.read()
    contents[f"{info}/METADATA"] = metadata(distribution, offered)
    contents[f"{info}/WHEEL"] = b"Wheel-Version: 1.0\nGenerator: lab\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    entry_points = distribution.read_text("entry_points.txt")
    if entry_points:
        contents[f"{info}/entry_points.txt"] = entry_points.encode()
    record = ""
    for path, text in contents.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(text).digest()).rstrip(b"=").decode()
        record += f"{path},sha256={digest},{len(text)}\n"
    contents[f"{info}/RECORD"] = (record + f"{info}/RECORD,,\n").encode()
    with zipfile.ZipFile(os.path.join(target, f"{name}-{version}-py3-none-any.whl"), "w", zipfile.ZIP_DEFLATED) as wheel:
        for path, text in contents.items():
            wheel.writestr(path, text)


def main():
    target, names = sys.argv[1], sys.argv[2:]
    os.makedirs(target, exist_ok=True)
    done = set()
    while names:
        name = normalized(names.pop())
        if name in done:
            continue
        done.add(name)
        distribution = importlib.metadata.distribution(name)
        for offered in [name] + ALIASES.get(name, []):
            make_wheel(target, distribution, offered)
        names += REQUIREMENTS.get(name, [])
    print("\n".join(sorted(os.listdir(target))))


main()
