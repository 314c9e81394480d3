#!/usr/bin/env python3
"""Records what ansible-core answers to the cases in tests/compat.

    RPLAY_ORACLE=/path/to/venv record.py [NAME ...]

Each NAME.case is an archive of files after one or more command lines; see compat.rs. What the commands print
and how they end goes into NAME.expected, with the case's directory written as DIR.
"""

import os
import pathlib
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

HERE = pathlib.Path(__file__).parent / "compat"


def parse(text):
    """The commands and the files of a case."""
    commands, files, name = [], {}, None
    for line in text.splitlines(keepends=True):
        if line.startswith("-- ") and line.rstrip().endswith(" --"):
            name = line.strip()[3:-3]
            files[name] = ""
        elif name is not None:
            files[name] += line
        elif line.startswith("$ "):
            commands.append(line[2:].strip())
    return commands, files


def environment(root):
    """What both implementations run with."""
    oracle = pathlib.Path(os.environ["RPLAY_ORACLE"]) / "bin"
    return {
        "PATH": f"{oracle}:/usr/bin:/bin",
        "HOME": str(root / ".home"),
        "LC_ALL": "C.UTF-8",
        "ANSIBLE_PYTHON_INTERPRETER": "/usr/bin/python3",
        "ANSIBLE_FORKS": "1",
        "ANSIBLE_NOCOLOR": "1",
    }


def record(path):
    commands, files = parse(path.read_text())
    out = ""
    with tempfile.TemporaryDirectory(prefix="compat") as temp:
        root = pathlib.Path(temp).resolve()
        root.chmod(0o755)
        for name, content in files.items():
            target = root / "case" / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(content)
        (root / ".home").mkdir()
        (root / "case").mkdir(exist_ok=True)
        for command in commands:
            done = subprocess.run(
                ["sh", "-c", command],
                cwd=root / "case",
                env=environment(root),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
            )
            text = done.stdout.replace(str(root / "case"), "DIR").replace(str(root / ".home"), "HOME")
            out += f"$ {command}\n{text}[exit {done.returncode}]\n"
    path.with_suffix(".expected").write_text(out)
    print(path.stem, flush=True)


def main():
    names = sys.argv[1:]
    cases = [path for path in sorted(HERE.glob("*.case")) if not names or path.stem in names]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(record, cases))


main()
