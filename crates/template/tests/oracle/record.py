"""Records what ansible-core answers to cases: each case of IN gets its `expected` or its `error`.

Usage: record.py IN OUT

Both are lists of cases in JSON, as in tests/data: template and vars; mode (template by default; file: a
template file, with options; expr: an expression; cond: a conditional); files for include and import;
untrusted: variables that are no templates. Run it with PYTHONHASHSEED=0 by the Python of a virtual
environment with ansible-core 2.19.
"""

import json
import logging
import os
import sys
import tempfile
import warnings

warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)

from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar, trust_as_template
from ansible.utils.display import Display

Display.display = Display.warning = Display.deprecated = Display.error_as_warning = lambda *_, **__: None


def trusted(value):
    if isinstance(value, str):
        return trust_as_template(value)
    if isinstance(value, list):
        return [trusted(item) for item in value]
    if isinstance(value, dict):
        return {key: trusted(item) for key, item in value.items()}
    return value


def type_name(value):
    for kind in (bool, int, float, str, list, dict):
        if isinstance(value, kind):
            return kind.__name__
    return "NoneType" if value is None else type(value).__name__.replace("_AnsibleTagged", "").lower()


def words(error, directory):
    text = getattr(error, "_message", None) or getattr(error, "message", None) or error
    return {"type": type(error).__name__, "message": str(text).replace(directory, "DIR")}


def render(case, directory):
    untrusted = case.get("untrusted", [])
    variables = {name: value if name in untrusted else trusted(value) for name, value in case.get("vars", {}).items()}
    templar = Templar(loader=DataLoader(), variables=variables)
    if "files" in case:
        for name, content in case["files"].items():
            with open(os.path.join(directory, name), "w", newline="") as file:
                file.write(content)
        templar = templar.copy_with_new_env(searchpath=[directory])
    source = trust_as_template(case["template"])
    mode = case.get("mode")
    if mode == "expr":
        return templar.evaluate_expression(source)
    if mode == "cond":
        return templar.evaluate_conditional(source)
    return templar.template(source, escape_backslashes=mode != "file", overrides=case.get("options"))


def answer(case):
    with tempfile.TemporaryDirectory() as directory:
        try:
            value = render(case, directory)
            return {"expected": {"type": type_name(value), "value": repr(value)}}
        except Exception as error:
            recorded = words(error, directory)
            if error.__cause__ is not None:
                recorded["cause"] = words(error.__cause__, directory)
            return {"error": recorded}


def main():
    with open(sys.argv[1]) as file:
        cases = json.load(file)
    recorded = [{k: v for k, v in case.items() if k not in ("expected", "error")} | answer(case) for case in cases]
    with open(sys.argv[2], "w") as file:
        lines = ",\n".join(json.dumps(case, ensure_ascii=False) for case in recorded)
        file.write(f"[\n{lines}\n]\n")


if __name__ == "__main__":
    main()
