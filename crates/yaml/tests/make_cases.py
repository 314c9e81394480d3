"""Writes tests/data/cases.json: what Ansible's loader makes of each snippet of tests/data/snippets.json."""

import json
import pathlib
import tempfile

import compare

data = pathlib.Path(__file__).parent / "data"
cases = []
for snippet in json.loads((data / "snippets.json").read_text()):
    with tempfile.NamedTemporaryFile("w", suffix=".yml", newline="") as file:
        file.write(snippet)
        file.flush()
        cases.append({"yaml": snippet, **compare.expected(file.name)})
(data / "cases.json").write_text(json.dumps(cases, indent=1, ensure_ascii=False) + "\n")
