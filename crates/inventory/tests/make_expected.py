"""Writes data/*/expected.json with ansible-inventory of the Python running this, and data/patterns.json."""

import json
import pathlib
import subprocess
import sys

data = pathlib.Path(__file__).parent / "data"
program = pathlib.Path(sys.executable).parent
SOURCES = {
    "ini_basic": ["hosts"],
    "yaml_basic": ["hosts.yml"],
    "script_basic": ["inv"],
    "mixed": ["inv.d"],
    "nested": ["hosts"],
    "varfiles": ["hosts"],
    "two": ["../ini_basic/hosts", "../yaml_basic/hosts.yml", "x1,x2:22,"],
}
PATTERNS = [
    "all", "*", "web", "web:db-servers", "web,lonely", "prod:!web", "prod:&later", "!web", "&web", "web[0]", "web[-1]",
    "web[1:2]", "web[1:]", "web[0:0]", "web[9]", "prod[1-3]", "~web0[12]", "~.*[ac]$", "web0?.example.com", "db-[ab]",
    "db-*", "localhost", "127.0.0.1", "::1", "nothing", "ungrouped", "10.0.0.*", "late*", "lonely:lonely2", "db-[!a]",
    "*.example.com:!web02.example.com", "~web|later", "all[3]", "site", "lonely2,lonely,lonely2", "w*[0]", "[ab]*", "a b",
]
for name, sources in SOURCES.items():
    directory = data / name
    directory.mkdir(exist_ok=True)
    where = [argument for source in sources for argument in ("-i", source)]
    answer = subprocess.run([program / "ansible-inventory", *where, "--list"], cwd=directory, capture_output=True, text=True, check=True)
    json.dump({"sources": sources, "list": json.loads(answer.stdout)}, (directory / "expected.json").open("w"), indent=1)
matches = {}
for pattern in PATTERNS:
    answer = subprocess.run([program / "ansible", "-i", "ini_basic/hosts", pattern, "--list-hosts"], cwd=data, capture_output=True, text=True)
    hosts = [line.strip() for line in answer.stdout.splitlines() if line.startswith("    ")]
    matches[pattern] = hosts if answer.returncode == 0 else None
json.dump(matches, (data / "patterns.json").open("w"), indent=1)
