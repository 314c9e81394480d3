"""ansible-core's Templar at the work of the directory given: prints name, seconds and a digest of what came out."""
import hashlib
import json
import pathlib
import sys
import time

from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar, trust_as_template

FILES = ["balancer", "manifest", "server"]


def trusted(value):
    if isinstance(value, str):
        return trust_as_template(value)
    if isinstance(value, list):
        return [trusted(item) for item in value]
    if isinstance(value, dict):
        return {key: trusted(item) for key, item in value.items()}
    return value


def timed(name, work):
    began = time.perf_counter()
    out = work()
    took = time.perf_counter() - began
    digest = hashlib.sha1("\x00".join(out).encode()).hexdigest()
    print(f"{name}\t{took}\t{digest}")


def main():
    job = pathlib.Path(sys.argv[1])
    read = lambda name: json.loads((job / name).read_text())
    templar = Templar(loader=DataLoader(), variables=trusted(read("vars.json")))
    templar.template(trust_as_template("{{ 1 }}"))
    for name in FILES:
        text = trust_as_template((job / f"{name}.j2").read_text())
        for turn in ("first", "again"):
            timed(f"{name} {turn}", lambda: [templar.template(text, escape_backslashes=False)])
    small = [trust_as_template(text) for text in read("small.json")]
    timed("small", lambda: [str(templar.template(text)) for text in small])
    conditions = [trust_as_template(text) for text in read("conditions.json")]
    timed("conditions", lambda: [str(templar.evaluate_conditional(text)) for text in conditions])


main()
