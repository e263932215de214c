"""ruamel.yaml for untrusted files: it refuses what would take long to read, and anchors, aliases and the like.

For every token, its scanner looks at every open bracket again: 20,000 brackets take minutes. So the depth and the
number of tokens are checked after each token. This bounds the time by MAX_TOKENS and the size of the text, which the
caller bounds. Not covered: what the values are (typed_yaml.py, dataset/yaml_file.py).
"""

from __future__ import annotations

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.scanner import Scanner
from ruamel.yaml.tokens import AliasToken, AnchorToken, DirectiveToken, TagToken, Token

MAX_FILE_BYTES = 64 * 1024
MAX_NESTING = 40
MAX_TOKENS = 6000  # the largest file of ours has 2,125
TOO_DEEP = f"nested deeper than {MAX_NESTING} levels"


class Refused(MarkedYAMLError):
    """YAML that is refused. `code` is too-deep, too-large, or yaml- and the name of a forbidden token."""

    def __init__(self, code: str, problem: str, scanner: Scanner) -> None:
        super().__init__(problem=problem, problem_mark=scanner.reader.get_mark())
        self.code = code


class _BoundedScanner(Scanner):
    unwanted: tuple[type[Token], ...] = (AnchorToken, AliasToken)

    def fetch_more_tokens(self) -> None:
        super().fetch_more_tokens()
        if len(self.flow_context) + len(self.indents) > MAX_NESTING:
            raise Refused("too-deep", TOO_DEEP, self)
        if self.tokens_taken + len(self.tokens) > MAX_TOKENS:
            raise Refused("too-large", f"more than {MAX_TOKENS} brackets, commas, colons and values", self)
        last = self.tokens[-1]
        if isinstance(last, self.unwanted):
            name = type(last).__name__.removesuffix("Token").lower()
            code = "yaml-alias" if isinstance(last, AnchorToken) else f"yaml-{name}"
            raise Refused(code, f"no {name} is allowed here; write plain values", self)


class _PlainScanner(_BoundedScanner):
    unwanted = (AnchorToken, AliasToken, TagToken, DirectiveToken)


def bounded_yaml(plain: bool = False) -> YAML:
    """A safe loader that raises Refused. plain: it refuses tags and directives too."""
    yaml = YAML(typ="safe", pure=True)
    yaml.Scanner = _PlainScanner if plain else _BoundedScanner
    return yaml
