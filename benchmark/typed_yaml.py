"""Reads a YAML file of settings into a pydantic model, or says in one sentence where and why that fails.

Not covered: bug files, which are larger and have tags (dataset/yaml_file.py). Needs pydantic, which the extras install.
"""

from __future__ import annotations

from collections.abc import Mapping
from io import StringIO
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from debugarena.benchmark.bounded_yaml import MAX_FILE_BYTES, Refused, bounded_yaml
from debugarena.benchmark.errors import UsageError
from debugarena.benchmark.files import write_whole

T = TypeVar("T", bound=BaseModel)


def read_typed_yaml(path: Path, kind: type[T], what: str, **changes: object) -> T:
    """The model of a file, with `changes` to its keys. UsageError with file and key for what does not fit.

    what: what the file is and how it begins, as in "a config is a mapping of keys to values, such as `steps: 20`".
    """
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
        if len(data) > MAX_FILE_BYTES:
            raise UsageError(f"{path}: larger than {MAX_FILE_BYTES // 1024} KiB; {what}")
        stated = bounded_yaml(plain=True).load(data.decode("utf-8"))
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise UsageError(f"{path}: not UTF-8 text") from None
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        said = "" if isinstance(error, Refused) else "not YAML: "
        raise UsageError(f"{path}:{line}: {said}{error.problem}") from None
    except (YAMLError, ValueError, ArithmeticError, LookupError) as error:  # a control character; an impossible date
        raise UsageError(f"{path}: not YAML: {(str(error).splitlines() or ['unreadable'])[0]}") from None
    except RecursionError:
        raise UsageError(f"{path}: nested too deeply; {what}") from None
    if not isinstance(stated, dict):
        raise UsageError(f"{path}: {what}")
    try:
        return kind(**{str(key): value for key, value in stated.items()} | changes)
    except ValidationError as error:
        raise UsageError(f"{path}: {_complaint(error, kind)}") from None


def write_yaml(path: Path, data: Mapping[str, Any]) -> None:
    """Plain data as YAML, in the order of its keys; the file is replaced as a whole."""
    yaml, text = YAML(typ="safe", pure=True), StringIO()
    yaml.default_flow_style = False
    yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]
    yaml.dump(dict(data), text)
    write_whole(path, text.getvalue())


def _complaint(error: ValidationError, kind: type[BaseModel]) -> str:
    first = error.errors(include_url=False)[0]
    key = ".".join(map(str, first["loc"]))
    if first["type"] == "extra_forbidden":
        there = f"; there are {', '.join(kind.model_fields)}" if len(first["loc"]) == 1 else "; leave it out"
        return f"unknown key {key!r}{there}"
    if first["type"] == "missing":
        return f"the key {key!r} is missing; add it"
    message = first["msg"].removeprefix("Value error, ")
    try:
        given = repr(first["input"])
    except ValueError:  # a number of thousands of digits
        given = "a number"
    return f"{key} is {given if len(given) <= 80 else given[:77] + '...'}: {message}" if key else message
