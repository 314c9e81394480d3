"""Compares yaml_repr with Ansible's loader over YAML files.

Usage: compare.py YAML_REPR DIRECTORY... (run with the Python that has ansible-core 2.19)
"""

import json
import pathlib
import subprocess
import sys

import yaml
from ansible._internal._yaml._loader import AnsibleLoader
from ansible.parsing.vault import EncryptedString, VaultSecretsContext
from ansible.utils.display import Display

Display().warning = lambda *a, **k: None
Display().deprecated = lambda *a, **k: None
VaultSecretsContext.initialize(VaultSecretsContext(secrets=[]))


def plain(value):
    if isinstance(value, EncryptedString):
        return str(value._ciphertext)
    if isinstance(value, dict):
        return {plain(k): plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple, set)):
        return [plain(v) for v in value]
    for kind in (bool, int, float, bytes):
        if isinstance(value, kind):
            return kind(value)
    if isinstance(value, str):
        return str(value)
    return value


def expected(path):
    try:
        text = pathlib.Path(path).read_text()
    except UnicodeDecodeError:
        return {"unread": True}
    try:
        return {"repr": [repr(plain(one)) for one in yaml.load_all(text, Loader=AnsibleLoader)]}
    except yaml.MarkedYAMLError as error:
        words = " ".join(filter(None, (error.context, error.problem)))
        mark = error.problem_mark
        return {"error": words[0].upper() + words[1:].rstrip(".") + ".", "line": mark.line + 1, "column": mark.column + 1}
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}", "loose": True}


def main():
    program, *roots = sys.argv[1:]
    paths = [p for root in roots for p in sorted(pathlib.Path(root).rglob("*")) if p.suffix in (".yml", ".yaml") and p.is_file()]
    answer = subprocess.run([program], input="\n".join(map(str, paths)), capture_output=True, text=True, check=True)
    differ = failed = 0
    for path, line in zip(paths, answer.stdout.splitlines(), strict=True):
        theirs, ours = expected(path), json.loads(line)
        failed += "error" in theirs
        same = "error" in ours if theirs.get("loose") else "unread" in ours if "unread" in theirs else ours == theirs
        if not same:
            differ += 1
            print(f"{path}\n  theirs {str(theirs)[:600]}\n  ours   {str(ours)[:600]}")
    print(f"{len(paths)} files, {failed} refused by Ansible, {differ} differ")
    return differ != 0


if __name__ == "__main__":
    sys.exit(main())
