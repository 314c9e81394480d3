"""Writes data/vectors.json with ansible-core's own vault (run with the Python that has it)."""

import json
import pathlib

from ansible.parsing.vault import VaultLib, VaultSecret

CASES = [
    ("hello", "password", None, "salt"),
    ("", "password", None, "0123456789abcdef0123456789abcdef"),
    ("sixteen bytes!!!", "pass word é", "prod", "s"),
    ("a: b\nc: [1, 2]\n" * 40, "x", "dev", "another salt"),
    ("ünïcode\0\n", "p" * 100, "default", "salt"),
]
vectors = []
for plain, password, vault_id, salt in CASES:
    secret = VaultSecret(password.encode())
    text = VaultLib([("any", secret)]).encrypt(plain, secret, vault_id, salt).decode()
    vectors.append({"plain": plain, "password": password, "id": vault_id, "salt": salt, "text": text})
(pathlib.Path(__file__).parent / "data/vectors.json").write_text(json.dumps(vectors, indent=1) + "\n")
