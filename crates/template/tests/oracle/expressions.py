"""Renders seeded expressions over filters and tests with ansible-core; one JSON object per line.

Usage: expressions.py COUNT SEED [misuse]
With `misuse`, filters and tests get arguments of any kind, number and name.
Each line: {"template": ..., "type": ..., "value": repr} or {"template": ..., "error": [type, message]}
"""

import inspect
import json
import logging
import random
import sys
import warnings

warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)

from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar, trust_as_template
from ansible.utils.display import Display

Display.display = Display.warning = Display.deprecated = lambda *_, **__: None

VALUES = {
    "int": ["0", "1", "-7", "42", "1000", "123456789", "1024", "10**20"],
    "float": ["0.5", "2.5", "-1.25", "3.14159", "1e20", "100.0"],
    "str": [
        "''", "'a'", "'Hello World'", "'hello'", "'x=1, y=22'", "'yes'", "'42'", "' 12.5 '", "'0x1f'", "'a b c'", "'it\\'s'", "'<b>&x</b>'",
        "ml", "'/etc/ssl/certs/ca.pem'", "'archive.tar.gz'", "'C:\\\\Temp\\\\f.txt'", "'éüß'", "'10.0.0.1'",
        "'1.10.2'", "'1.0.0-rc.1'", "'true'", "'null'", "'a,b,,c'", "'foo_bar-baz'", "'100M'", "'1.5 KB'",
        "'https://user:pw@example.com:8080/a/b?q=1&r=x+y#frag'", "'The quick brown fox jumps over the lazy dog and runs away from the angry bear'",
        "'{\"a\": [1, 2.5, null, true]}'", "doc", "'2024-02-29 12:34:56'", "'%a%20b'", "'aGVsbG8='", "'MiXeD cAsE'", "tabbed",
    ],
    "ints": ["[]", "[3, 1, 2]", "[1, 1, 2, 3, 3]", "[5]", "[10, -2, 7, 7]", "range(5)|list"],
    "strs": ["['b', 'a', 'C']", "['x', 'y', 'x']", "['1.10', '1.9', '1.2']", "['a']", "['/a/b', '/a/c']"],
    "mixed": ["[1, 'a', none, true]", "[1, [2, [3, [4, none]]]]", "[0, '', 'x', [], none]", "[(1, 2), (3, 4)]"],
    "dict": ["{}", "{'a': 1, 'b': 2}", "{'z': [1, 2], 'a': {'x': 'y'}}", "{'B': 'x', 'a': 'Y', 'c': 3}", "{'k': 'v', 'n': none, 'f': 1.5, 't': true}"],
    "dicts": [
        "[{'n': 'b', 'v': 2, 't': ['x']}, {'n': 'a', 'v': 1, 't': []}, {'n': 'C', 'v': 2, 't': ['y', 'z']}]",
        "[{'n': 'a', 'v': 1, 't': ['p']}]", "users", "[{'key': 'a', 'value': 1}, {'key': 'b', 'value': 2}]",
    ],
    "other": ["none", "true", "false", "nope", "(1, 2)"],
}
ANY = list(VALUES)
LISTS = ["ints", "strs", "mixed", "dicts"]
# filter or test: kinds it is mostly applied to, argument texts
FILTERS = {
    "abs": (["int", "float"], [""]), "b64encode": (["str"], ["", "(encoding='utf-16-le')", "(urlsafe=true)"]), "b64decode": (["str"], [""]),
    "basename": (["str"], [""]), "batch": (LISTS, ["(2)", "(2, 'x')", "(3)"]), "bool": (ANY, [""]), "capitalize": (["str", "int"], [""]),
    "center": (["str"], ["", "(10)", "(21)"]), "checksum": (["str"], [""]), "combinations": (["ints", "strs"], ["(2)", "(1)"]),
    "combine": (["dict"], ["({'a': 9, 'q': 1})", "({'a': {'w': 1}, 'z': [2, 3]}, recursive=true)", "({'z': [2, 9]}, list_merge='append')", "({'z': [2, 9]}, list_merge='prepend_rp')", "({'z': [2]}, {'z': [3]}, list_merge='append_rp', recursive=true)", "({'z': [9]}, list_merge='keep')", "()", "({'a': 1}, list_merge='bad')"]),
    "comment": (["str"], ["", "('c')", "('cblock')", "('xml')", "('erlang')", "(decoration='; ')", "('plain', prefix='##', postfix='##', decoration='## ')", "('c', prefix_count=2, postfix_count=3)", "('bad')", "('cblock', end='/', beginning='/**')"]),
    "commonpath": (["strs"], [""]), "count": (LISTS + ["str", "dict", "int"], [""]), "default": (ANY, ["('d')", "", "('d', true)", "(boolean=true)"]), "dict2items": (["dict", "ints"], ["", "(key_name='k', value_name='v')"]),
    "dictsort": (["dict"], ["", "(true)", "(by='value')", "(false, 'key', true)", "(by='bad')"]), "difference": (["ints"], ["([1, 2])", "([])", "([[1]])"]), "dirname": (["str"], [""]), "e": (["str"], [""]),
    "extract": (["int", "str"], ["([10, 20])", "({'a': {'x': 5}}, 'x')", "({'a': {'x': [5]}}, ['x', 0])"]), "filesizeformat": (["int", "float", "str"], ["", "(true)"]), "first": (LISTS + ["str", "dict"], [""]), "flatten": (["mixed", "ints"], ["", "(levels=1)", "(skip_nulls=false)", "(0)"]),
    "float": (ANY, ["", "(1.5)"]), "format": (["str"], ["", "('x')"]), "from_json": (["str"], [""]), "from_yaml": (["str", "int"], [""]), "groupby": (["dicts"], ["('v')", "('n')", "('zz', default=0)", "('n', case_sensitive=true)"]),
    "hash": (["str", "int"], ["", "('md5')", "('sha256')", "('sha512')", "('sha3_256')", "('blake2b')", "('nope')"]), "human_readable": (["int", "float", "str"], ["", "(true)", "(unit='K')", "(isbits=true, unit='M')"]), "human_to_bytes": (["str", "int"], ["", "('K')", "(isbits=true)"]),
    "indent": (["str", "ints"], ["", "(2)", "(2, true)", "(first=true)", "(blank=true)", "('>> ')"]), "int": (ANY, ["", "(7)", "(base=16)", "(0, 0)", "(default=-1, base=8)"]), "intersect": (["ints"], ["([1, 2, 9])"]), "items": (["dict"], [""]),
    "items2dict": (["dicts", "dict"], ["", "(key_name='n', value_name='v')"]), "join": (LISTS + ["str", "dict"], ["", "(',')", "(', ', attribute='n')", "(1)"]), "last": (LISTS + ["str", "dict"], [""]), "length": (LISTS + ["str", "int"], [""]), "list": (ANY, [""]), "log": (["int", "float", "str"], ["", "(10)", "(2)"]), "lower": (["str", "ints"], [""]),
    "mandatory": (ANY, ["", "('msg')"]), "map": (LISTS, ["('string')", "(attribute='n')", "(attribute='zz', default='d')", "('upper')", "('regex_replace', 'a', 'b')", "('extract', {'a': 1, 'x': 2})", "('int')", "(attribute='t.0')"]),
    "max": (LISTS, ["", "(attribute='v')", "(case_sensitive=true)"]), "md5": (["str"], [""]), "min": (LISTS, ["", "(attribute='n')"]), "normpath": (["str"], [""]), "path_join": (["strs", "str", "int"], [""]), "permutations": (["ints", "strs"], ["(2)", ""]), "pow": (["int", "float"], ["(2)", "(0.5)", "(-1)"]), "pprint": (["dict", "ints", "str"], [""]), "product": (["ints", "strs"], ["(['x', 'y'])", "()", "([1], repeat=2)"]),
    "quote": (["str", "int", "other"], [""]), "random": (["int", "ints", "strs"], ["(seed='s')", "(seed=7)", "(start=1, step=3, seed='q')", "(seed=1.5)"]), "regex_escape": (["str"], ["", "('posix_basic')", "('bad')"]), "regex_findall": (["str"], ["('[a-z]+')", "('(\\w)(\\w)')", "('^.', multiline=true)", "('O', ignorecase=true)", "('b*')", "('(o)|(e)')"]),
    "regex_replace": (["str", "int"], ["('o', '0')", "('(\\w)(\\w)', '\\2\\1')", "('^', '> ', multiline=true)", "('[aeiou]', '*', count=1)", "('(?P<x>l+)', '[\\g<x>]')", "('b*', '-')", "('$', '!')", "('(', '')", "('\\s+', ' ')", "('x', 'y', mandatory_count=2)", "('\\bH', 'J', ignorecase=true)", "('(?i)HELLO', 'bye')", "('[^a-zA-Z0-9]', '_')", "('(a)|b', '<\\1>')", "('.', '\\n')", "('a', '\\q')", "('\\.[^.]*$', '')", "('^(.*)$', '\\1!')"]),
    "regex_search": (["str"], ["('o.')", "('(\\w)(\\w)', '\\1', '\\2')", "('(?P<first>\\w+)', '\\g<first>')", "('zzz')", "('WORLD', ignorecase=true)", "('(x)?.', '\\1')", "('a', 'b')", "('(a)', '\\3')"]),
    "reject": (LISTS, ["('odd')", "('string')", "", "('in', [1, 'a'])", "('match', 'a')"]), "rejectattr": (["dicts"], ["('v', 'eq', 2)", "('t')", "('zz', 'defined')", "('n', 'match', 'a')"]), "rekey_on_member": (["dicts", "dict"], ["('n')", "('v')", "('v', duplicates='overwrite')"]), "relpath": (["str"], ["('/etc')"]),
    "replace": (["str", "int"], ["('o', '0')", "('l', '', 1)", "('', '-')"]), "reverse": (LISTS + ["str", "int"], [""]), "root": (["int", "float"], ["", "(3)"]), "round": (["int", "float", "str"], ["", "(1)", "(1, 'ceil')", "(0, 'floor')", "(-2)", "(2, 'bad')"]), "select": (LISTS, ["", "('odd')", "('string')", "('gt', 1)", "('nosuch')"]), "selectattr": (["dicts"], ["('v', 'gt', 1)", "('t')", "('n', 'in', ['a'])", "('zz', 'undefined')", "('t', 'contains', 'x')"]),
    "sha1": (["str"], [""]), "shuffle": (["ints", "strs"], ["(seed='x')", "(seed=3)"]), "slice": (LISTS, ["(2)", "(3, 'f')"]), "sort": (LISTS + ["str", "dict"], ["", "(reverse=true)", "(attribute='n')", "(attribute='v,n')", "(case_sensitive=true)", "(true, attribute='v')"]), "split": (["str", "int"], ["", "(',')", "('.', 1)", "('')"]), "splitext": (["str"], [""]), "strftime": (["str"], ["(0, utc=true)", "(1700000000.5, utc=true)", "('x')"]),
    "string": (ANY, [""]), "striptags": (["str"], [""]), "subelements": (["dicts"], ["('t')", "('zz', skip_missing=true)", "('zz')", "('n')"]), "sum": (LISTS, ["", "(attribute='v')", "(start=5)"]), "symmetric_difference": (["ints"], ["([1, 9])"]), "ternary": (ANY, ["('y', 'n')", "('y', 'n', 'none')"]), "title": (["str"], [""]), "to_datetime": (["str"], ["", "('%Y-%m-%d %H:%M:%S')", "('%d')"]),
    "to_json": (ANY, ["", "(indent=2)", "(sort_keys=true)", "(ensure_ascii=false)", "(separators=(',', ':'))"]), "to_nice_json": (ANY, ["", "(indent=2)", "(sort_keys=false)"]), "to_nice_yaml": (ANY, ["", "(indent=2)", "(width=20)", "(sort_keys=false)", "(2)"]), "to_uuid": (["str"], ["", "('6ba7b810-9dad-11d1-80b4-00c04fd430c8')", "('bad')"]), "to_yaml": (ANY, ["", "(default_flow_style=false)", "(explicit_start=true)"]), "tojson": (ANY, ["", "(2)"]), "trim": (["str", "int"], ["", "('h')"]),
    "truncate": (["str"], ["(12)", "(12, true)", "(9, false, '..', 0)", "(5)", "(2)"]), "type_debug": (ANY, [""]), "union": (["ints"], ["([9])"]), "unique": (LISTS, ["", "(case_sensitive=true)", "(attribute='v')"]), "upper": (["str"], [""]), "urldecode": (["str"], [""]), "urlencode": (["str", "dict", "int"], [""]), "urlize": (["str"], ["", "(10)"]), "urlsplit": (["str"], ["", "('hostname')", "('port')", "('bad')"]),
    "win_basename": (["str"], [""]), "win_dirname": (["str"], [""]), "win_splitdrive": (["str"], [""]), "wordcount": (["str"], [""]), "wordwrap": (["str"], ["(10)", "(20, false)", "(15, wrapstring='|')", "(7, true)", "(12, break_on_hyphens=false)"]), "xmlattr": (["dict"], ["", "(false)"]), "zip": (LISTS, ["([1, 2, 3])", "(['a'], [none])"]), "zip_longest": (LISTS, ["([1, 2, 3])", "([1], fillvalue='f')"]), "password_hash": (["str"], ["('sha256', 'saltsalt', rounds=1000)", "('sha512', 'abc', rounds=1000)", "('md5', 'x')", "('sha512', 'bad salt')", "('nope')"]),
    "attr": (["dict", "str"], ["('upper')", "('nope')"]),
}
TESTS = {
    "defined": (ANY, [""]), "undefined": (ANY, [""]), "string": (ANY, [""]), "number": (ANY, [""]), "integer": (ANY, [""]), "float": (ANY, [""]), "boolean": (ANY, [""]), "mapping": (ANY, [""]), "sequence": (ANY, [""]), "iterable": (ANY, [""]), "none": (ANY, [""]), "true": (ANY, [""]), "false": (ANY, [""]), "callable": (ANY, [""]), "odd": (["int", "float", "str"], [""]), "even": (["int", "float"], [""]), "divisibleby": (["int", "str"], ["(2)", "(0)"]), "lower": (["str", "int"], [""]), "upper": (["str"], [""]),
    "eq": (ANY, ["(1)", "('a')"]), "ne": (ANY, ["(1)"]), "gt": (ANY, ["(1)", "('a')"]), "ge": (ANY, ["(1)"]), "lt": (ANY, ["(1)"]), "le": (ANY, ["(1)"]), "in": (ANY, ["([1, 'a'])", "('abc')"]), "contains": (ANY, ["('a')", "(1)"]), "subset": (LISTS, ["([1, 2, 3])"]), "superset": (LISTS, ["([1])"]), "any": (LISTS, [""]), "all": (LISTS, [""]), "truthy": (ANY, ["", "(convert_bool=true)"]), "falsy": (ANY, ["", "(convert_bool=true)"]),
    "match": (["str", "int"], ["('a')", "('H.*d$')", "('h', ignorecase=true)"]), "search": (["str"], ["('o')", "('^t', multiline=true)"]), "regex": (["str"], ["('o', match_type='fullmatch')", "('l+')"]), "version": (["str", "float"], ["('1.9', '>')", "('1.10.2', 'eq')", "('1.0.0', '<', version_type='semver')", "('1.0', 'lt', strict=true)", "('2.0', '<', version_type='pep440')", "('', '==')", "('1', 'bad')"]),
    "failed": (["dict", "str"], [""]), "succeeded": (["dict"], [""]), "changed": (["dict", "ints"], [""]), "skipped": (["dict"], [""]), "started": (["dict"], [""]), "finished": (["dict"], [""]), "reachable": (["dict"], [""]), "unreachable": (["dict"], [""]), "timedout": (["dict"], [""]), "uri": (["str", "int"], [""]), "url": (["str"], ["", "(['https'])"]), "urn": (["str"], [""]), "nan": (ANY, [""]), "abs": (["str"], [""]), "exists": (["str"], [""]), "directory": (["str"], [""]), "filter": (["str"], [""]), "test": (["str"], [""]), "vault_encrypted": (["str"], [""]),
}

FILTERS.update({
    "escape": (["str", "int", "ints"], [""]), "forceescape": (["str"], [""]), "safe": (["str", "int"], [""]), "from_yaml_all": (["str"], [""]), "expanduser": (["str"], [""]), "realpath": (["str"], [""]), "win_dirname": (["str"], [""]),
    "d": (ANY, ["('x')", "(nope)"]), "dictsort": (["dict"], ["", "(reverse=true)"]), "fileglob": (["str"], [""]), "path_join": (["strs"], [""]), "unvault": (["str"], ["('pw')"]),
})
METHODS = {
    "str": [
        "upper()", "lower()", "title()", "capitalize()", "swapcase()", "strip()", "lstrip('h')", "rstrip('o')", "split()", "split(',')", "split(',', 1)", "rsplit('/', 1)", "splitlines()", "splitlines(true)", "replace('o', '0')", "replace('l', '<', 1)",
        "find('o')", "rfind('o')", "index('z')", "count('o')", "startswith('H')", "startswith(('H', 'a'))", "endswith('o')", "join(['a', '<b>'])", "join([1])", "center(9, '*')", "ljust(9)", "rjust(9, '.')", "zfill(6)", "partition('=')", "rpartition('.')",
        "format('x', y=1)", "isdigit()", "isalpha()", "isalnum()", "isspace()", "isupper()", "islower()", "istitle()", "isidentifier()", "isnumeric()", "isdecimal()", "isascii()", "isprintable()", "encode()", "encode('latin-1')", "casefold()", "expandtabs(4)", "removeprefix('a')", "removesuffix('.gz')", "translate({104: 'J'})", "nope()", "unescape()", "striptags()",
    ],
    "ints": ["count(1)", "index(1)", "index(9)", "copy()", "append(4)", "pop()", "pop(0)", "pop(9)", "insert(0, 9)", "extend([1])", "remove(9)", "sort()", "reverse()", "clear()"],
    "strs": ["sort()", "index('x')", "count('x')", "pop(-1)", "sort(reverse=true)"],
    "dict": ["keys()|list", "values()|list", "items()|list", "get('a')", "get('q', 5)", "pop('a')", "pop('q')", "pop('q', 1)", "update({'a': 2})", "setdefault('n', 1)", "copy()", "popitem()", "fromkeys(['a'], 1)", "clear()"],
    "int": ["bit_length()", "real", "numerator", "to_bytes(8, 'big')", "conjugate()"],
    "float": ["is_integer()", "real", "hex()", "as_integer_ratio()"],
}
OPERATORS = ["+", "-", "*", "/", "//", "%", "**", "~", "==", "!=", "<", ">=", "in", "not in", "and", "or"]
SUFFIXES = ["[0]", "[-1]", "[1:]", "[:2]", "[::-1]", "[::2]", "[5]", "['a']", ".a", ".a.b", "[1:3]", "['nope']|default('x')", "[:-1]", "[-2:0:-1]", ".0"]
LOOKUPS = [
    "('sequence', 'start=1 end=5')", "('sequence', 'count=3')", "('sequence', '1-9/2')", "('sequence', '4:host%02d')", "('sequence', 'start=5 end=1 stride=-2')", "('sequence', 'start=5 end=1')", "('sequence', start=2, end=4)",
    "('dict', {'a': 1, 'b': [2]})", "('dict', users)", "('items', [1, [2, [3]]], 4)", "('list', [1, [2]])", "('nested', [1, 2], ['a'])", "('nested', [1], [])", "('together', [1, 2], [3])", "('together')", "('indexed_items', ['a', 'b'])", "('indexed_items', 'a')", "('subelements', users, 't')", "('subelements', users, 'zz')", "('subelements', users, 'n')",
    "('password', '/dev/null', seed='s')", "('password', '/dev/null length=8 chars=digits seed=x')", "('password', '/dev/null', chars=['a', 'b'], length=5, seed=3)", "('password', '/dev/null length=x')", "('env', 'RPLAY_NOT_THERE')", "('env', 'RPLAY_NOT_THERE', default='d')", "('vars', 'ml')", "('vars', 'nope')", "('vars', 'nope', default='d')", "('vars', 'ml', 'doc')", "('varnames', '^(ml|doc)$')", "('varnames', '(')", "('first_found', ['/nope'], skip=true)", "('first_found', ['/nope'])", "('first_found', ['/nope', '/etc'])", "('pipe', 'echo a; echo b')", "('lines', 'echo a; echo b')", "('pipe', 'exit 3')", "('fileglob', '/nope/*')", "('nope')", "('file', '/nope', errors='ignore')",
]
STATEMENTS = [
    "{{% for i in {0} %}}{{{{ loop.index }}}}{{{{ i }}}}{{{{ ', ' if not loop.last }}}}{{% else %}}none{{% endfor %}}", "{{% set x = {0} %}}{{{{ x }}}}", "{{% set x %}}{{{{ {0} }}}}{{% endset %}}{{{{ x }}}}", "{{% if {0} %}}yes{{% else %}}no{{% endif %}}",
    "{{% macro m(a, b=2) %}}{{{{ a }}}}-{{{{ b }}}}{{% endmacro %}}{{{{ m({0}) }}}}", "{{% filter upper %}}{{{{ {0} }}}}x{{% endfilter %}}", "{{% with a = {0} %}}{{{{ a }}}}{{% endwith %}}", "{{{{ 'a' if {0} else 'b' }}}}", "{{{{ [{0}, 1] }}}}", "{{{{ {{'k': {0}}} }}}}", "a{{{{ {0} }}}}b",
    "{{% set ns = namespace(x={0}) %}}{{{{ ns.x }}}}", "{{{{ dict(a={0}) }}}}", "{{{{ not {0} }}}}", "{{{{ -{0} }}}}", "{{% for k, v in ({0}).items() %}}{{{{ k }}}}={{{{ v }}}};{{% endfor %}}", "{{% for a in {0} recursive %}}<{{{{ a }}}}>{{% endfor %}}", "{{% call(x) m() %}}{{{{ x }}}}{{% endcall %}}",
]


def value_of(source, kind=None):
    return source.choice(VALUES[kind or source.choice(ANY)])


def language(source):
    """Expressions and statements beside filters and tests."""
    shape = source.randrange(6)
    if shape == 0:
        kind = source.choice(sorted(METHODS))
        text = f"({value_of(source, kind)}).{source.choice(METHODS[kind])}"
    elif shape == 1:
        kind = source.choice(ANY)
        other = kind if source.random() < 0.6 else source.choice(ANY)
        small = "2" if source.random() < 0.1 else value_of(source, other)
        operator = source.choice(OPERATORS)
        if operator in ("**", "*"):
            small = source.choice(["2", "0", "-1", "1.5", "none"])
        text = f"({value_of(source, kind)}) {operator} ({small})"
    elif shape == 2:
        text = f"({value_of(source)}){source.choice(SUFFIXES)}"
    elif shape == 3:
        text = source.choice(["lookup", "query", "q"]) + source.choice(LOOKUPS)
    elif shape == 4:
        html = f"({value_of(source, 'str')})|{source.choice(['e', 'safe', 'forceescape'])}"
        after = source.choice(["|upper", "|trim", "|e", "|forceescape", "|list", "|string", "|replace('a', '<')", "|length", "|reverse", "|indent(2, true)", " is escaped", "|type_debug", "|center(9)", "|join('<')", "|first", "|truncate(5, true)", "|to_json", "|default('x')", "|regex_replace('a', '<')", "|quote", "|title", "|format('<')"])
        method = source.choice(METHODS["str"])
        text = source.choice([f"{html}{after}", f"({html}).{method}", f"({html}) + '<'", f"'<' + ({html})", f"({html}) ~ '<'", f"['<', {html}]", f"(({html}).{method}) is escaped", f"({html})[1:] is escaped", f"'%s' % ({html})", f"({html}) % '<'", f"({html}) * 2", f"[{html}]|string"])
    else:
        return source.choice(STATEMENTS).format(value_of(source))
    if source.random() < 0.15:
        text = "(" + text + ")|" + source.choice(["string", "length", "to_json", "list", "type_debug"])
    return "{{ " + text + " }}"


def expression(source):
    if source.random() < 0.4:
        return language(source)
    name, table, joint = source.choice([("filter", FILTERS, "|")] * 3 + [("test", TESTS, " is ")])
    plugin = source.choice(sorted(table))
    kinds, arguments = table[plugin]
    kind = source.choice(kinds) if source.random() < 0.9 else source.choice(ANY)
    value = source.choice(VALUES[kind])
    text = f"({value}){joint}{plugin}{source.choice(arguments)}"
    if plugin in ("difference", "intersect", "union", "symmetric_difference"):
        text += "|map('string')|sort(case_sensitive=true)"  # the order of Python's sets is not part of the result
    if name == "filter" and source.random() < 0.2:
        text += "|" + source.choice(["string", "length", "to_json", "list", "first", "type_debug"])
    return "{{ " + text + " }}"


ODD = ["none", "true", "1", "0", "-1", "1.5", "''", "'a'", "'é'", "[]", "[1]", "['a']", "{}", "{'a': 1}", "nope", "(1, 2)", "'x'.encode()", "range(2)"]
# Their results hang on chance, the clock or the machine.
UNSTEADY = {"random", "shuffle", "strftime", "password_hash", "fileglob", "expanduser", "realpath", "relpath", "exists", "directory", "unvault"}


def parameters(environment, kind, name):
    """The names of a filter's or test's parameters after the value."""
    function = getattr(environment, kind + "s")[name]
    try:
        signature = inspect.signature(inspect.unwrap(getattr(function, "j2_function", function)))
    except (TypeError, ValueError):
        return []
    names = [parameter.name for parameter in signature.parameters.values() if parameter.kind == parameter.POSITIONAL_OR_KEYWORD]
    return [name for name in names if name not in ("environment", "env", "eval_ctx", "context")][1:]


def misuse(source, environment):
    kind, table, joint = source.choice([("filter", FILTERS, "|")] * 3 + [("test", TESTS, " is ")])
    plugin = source.choice(sorted(set(table) - UNSTEADY))
    names = parameters(environment, kind, plugin)
    given = [source.choice(ODD) for _ in range(source.choice([0, 1, 1, 2, 2, 3, len(names) + 1]))]
    for name in source.sample(names, source.randrange(min(2, len(names)) + 1)):
        given.append(f"{name}={source.choice(ODD)}")
    if source.random() < 0.05:
        given.append("zz=1")
    in_order = "|map('string')|sort(case_sensitive=true)" if plugin in ("difference", "intersect", "union", "symmetric_difference") else ""
    return "{{ (" + value_of(source) + f"){joint}{plugin}({', '.join(given)}){in_order}" + " }}"


def main():
    count, seed = int(sys.argv[1]), int(sys.argv[2])
    misused = sys.argv[3:] == ["misuse"]
    source = random.Random(seed)
    variables = {"ml": "one\ntwo\n\nthree", "doc": "a: 1\nb: [x, yes, 1.0]\n", "tabbed": "tab\there  there", "users": [{"n": "zoe", "v": 3, "t": ["q"]}, {"n": "Al", "v": 1, "t": []}]}
    templar = Templar(DataLoader(), variables=variables)
    seen = set()
    while len(seen) < count:
        template = misuse(source, templar.environment) if misused else expression(source)
        if template in seen:
            continue
        seen.add(template)
        line = {"template": template}
        try:
            value = templar.template(trust_as_template(template))
            line.update(type=native(value), value=repr(value))
        except Exception as error:
            cause = error.__cause__
            line["error"] = [type(error).__name__, str(getattr(cause, "message", None) or cause or error)]
        print(json.dumps(line))


def native(value):
    for kind in (bool, int, float, str, list, dict):
        if isinstance(value, kind):
            return kind.__name__
    return type(value).__name__.replace("_AnsibleTagged", "").lower() if value is not None else "NoneType"


if __name__ == "__main__":
    main()
