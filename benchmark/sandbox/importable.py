"""What a solution can import from the standard library, and which encodings it can name. docs/modules.md lists them.

All of them only compute: they open no file, call nobody and start nothing. `time.sleep` returns at once.
"""

from __future__ import annotations

import ast

IMPORTABLE_MODULES = frozenset(
    "__future__ abc array base64 binascii bisect calendar cmath collections colorsys contextlib copy csv dataclasses "
    "datetime decimal difflib enum errno fnmatch fractions functools graphlib hashlib heapq hmac html ipaddress "
    "itertools json keyword logging math numbers operator pprint queue random re reprlib secrets shlex statistics "
    "string stringprep struct textwrap time typing unicodedata uuid warnings zlib zoneinfo".split()
)
SUBMODULES = ("collections.abc", "html.entities", "html.parser", "json.decoder", "json.encoder")
# names that may be imported from a module that may not be imported as a whole
HARMLESS_NAMES = {
    "ast": "literal_eval",
    "io": "BytesIO StringIO",
    "sys": "float_info maxsize maxunicode",
    "threading": "Lock RLock",
    "types": "GenericAlias MappingProxyType NoneType SimpleNamespace UnionType",
    "weakref": "WeakKeyDictionary WeakSet WeakValueDictionary",
}
ENCODINGS = (
    "ascii",
    "big5",
    *(f"cp{n}" for n in (437, 850, 852, 866, 932, 949, *range(1250, 1259))),
    "euc_jp",
    "euc_kr",
    "gb18030",
    "gb2312",
    "gbk",
    "idna",
    "iso2022_jp",
    *(f"iso8859_{n}" for n in (1, 2, 5, 7, 9, 15)),
    "koi8_r",
    "koi8_u",
    "latin_1",
    "mac_roman",
    "punycode",
    "shift_jis",
    *("utf_7", "utf_8", "utf_8_sig", "utf_16", "utf_16_be", "utf_16_le", "utf_32", "utf_32_be", "utf_32_le"),
)


def bound_name(alias: ast.alias) -> str:
    """The name that an import binds: `import a.b` binds a."""
    return (alias.asname or alias.name).split(".")[0]


def importable(node: ast.Import | ast.ImportFrom) -> set[str]:
    """The modules that an import names and that can be imported in this way."""
    if isinstance(node, ast.Import):
        return {alias.name for alias in node.names if alias.name.split(".")[0] in IMPORTABLE_MODULES}
    module = node.module or ""
    harmless = HARMLESS_NAMES.get(module, "").split()
    named = module.split(".")[0] in IMPORTABLE_MODULES or {alias.name for alias in node.names} <= {*harmless}
    return {module} if named and not node.level else set()
