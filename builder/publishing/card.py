"""What an export says about itself: README.md (the dataset card), croissant.json and CHANGELOG.md.

The card's text is dataset_card.md, with named placeholders for what is counted here; its header is made entirely here.
Croissant takes its description of each column from the card's table. Nothing depends on the clock or the machine.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from statistics import mean
from typing import Any

from debugarena.benchmark.dataset.schema import (
    CANARY,
    CATEGORIES,
    DATASET_VERSION,
    DIFFICULTIES,
    bug_from_row,
    column_names,
    dataset_hash,
    features,
)
from debugarena.benchmark.errors import DebugArenaError
from debugarena.builder.publishing.export import DataFile

CARD_TEMPLATE = Path(__file__).parents[1] / "dataset_card.md"
CHANGELOG = Path(__file__).parents[1] / "dataset_changelog.md"
SUMMARY = (
    "Small programs with one bug each, the fixed program, and visible and hidden tests that tell them apart; "
    "every row is proven by running both programs."
)
_SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"))
_PLACE = re.compile(r"\{\{(.*?)\}\}")
_COLUMN_LINE = re.compile(r"^\| `(\w+)` \| (.+) \|$", re.MULTILINE)
_CROISSANT_TYPES = {"string": "sc:Text", "bool": "sc:Boolean", "int64": "cr:Int64", "float64": "cr:Float64"}

DatasetRow = Mapping[str, Any]


def make_card(tables: Sequence[DataFile]) -> str:
    """README.md of the export: the header the hub reads, then the filled template."""
    facts = _facts(tables)
    template = CARD_TEMPLATE.read_text("utf-8")
    unknown = sorted(set(_PLACE.findall(template)) - facts.keys())
    if unknown:
        raise DebugArenaError(f"{CARD_TEMPLATE.name}: unknown places {', '.join(unknown)}; known: {', '.join(facts)}")
    column_descriptions()  # raises if a column is not explained
    return _header(tables) + "\n" + _PLACE.sub(lambda match: facts[match[1]], template)


def column_descriptions() -> dict[str, str]:
    """What the card's table says of each column, in the table's order."""
    lines = _COLUMN_LINE.findall(CARD_TEMPLATE.read_text("utf-8"))
    names, found = [name for name, _ in lines], dict(lines)
    wrong = sorted(set(column_names()) ^ found.keys() | {name for name in names if names.count(name) > 1})
    if wrong:
        differing = ", ".join(wrong)
        raise DebugArenaError(f"{CARD_TEMPLATE.name}: its table and the columns of schema.py differ in {differing}")
    return found


def read_changelog() -> str:
    """CHANGELOG.md of the dataset; DebugArenaError if it has no dated section for this version."""
    text = CHANGELOG.read_text("utf-8")
    _release_date(text)
    return text


def _release_date(changelog: str) -> str:
    match = re.search(rf"^## \[{re.escape(DATASET_VERSION)}\] - (\d{{4}}-\d\d-\d\d)$", changelog, re.MULTILINE)
    if match is None:
        wanted = f"## [{DATASET_VERSION}] - YYYY-MM-DD"
        raise DebugArenaError(f"{CHANGELOG.name}: no line {wanted!r}; say what this version of the dataset changes")
    return match[1]


def _header(tables: Sequence[DataFile]) -> str:
    from datasets import DatasetInfo, SplitDict, SplitInfo
    from datasets.info import DatasetInfosDict
    from datasets.utils.metadata import MetadataConfigs
    from huggingface_hub import DatasetCardData

    infos, configs = DatasetInfosDict(), MetadataConfigs()
    for number, (config, files) in enumerate(_by_config(tables).items()):
        splits = SplitDict({f.split: SplitInfo(f.split, num_bytes=f.n_bytes, num_examples=len(f.rows)) for f in files})
        infos[config] = DatasetInfo(
            features=features(),
            splits=splits,
            download_size=sum(len(f.content) for f in files),
            dataset_size=sum(f.n_bytes for f in files),
        )
        configs[config] = {"data_files": [{"split": f.split, "path": f.path} for f in files]}
        if number == 0:
            configs[config]["default"] = True
    rows = _rows(tables)
    licences = sorted({row["license"].lower() for row in rows})
    languages = sorted({row["language"] for row in rows})
    data = DatasetCardData(
        language=["en", "code"],
        license=licences[0] if len(licences) == 1 else licences,
        pretty_name="DebugArena",
        size_categories=[next((name for limit, name in _SIZES if len(rows) < limit), "100K<n<1M")],
        task_categories=["text-generation"],
        tags=["code", "debugging", "bug-fixing", "program-repair", "benchmark", "reinforcement-learning", *languages],
    )
    infos.to_dataset_card_data(data)
    configs.to_dataset_card_data(data)
    return f"---\n{data.to_yaml()}\n---\n"


def _facts(tables: Sequence[DataFile]) -> dict[str, str]:
    rows = _rows(tables)
    files = {f"{f.config} / {f.split}": f.rows for f in tables}
    configs = list(_by_config(tables))
    return {
        "canary": CANARY,
        "version": DATASET_VERSION,
        "year": _release_date(read_changelog())[:4],
        "dataset_hash": dataset_hash([bug_from_row(row) for row in rows]),
        "n_bugs": str(len(rows)),
        "n_tests": str(sum(len(row["tests"]) for row in rows)),
        "default_config": configs[0],
        "configs": ("the config " if len(configs) == 1 else "the configs ") + " and ".join(f"`{c}`" for c in configs),
        "split_table": _count_table("config / split", files),
        "language_table": _count_table("language", _group(rows, "language", sorted)),
        "difficulty_table": _count_table("difficulty", _group(rows, "difficulty", DIFFICULTIES)),
        "category_table": _count_table("category", _group(rows, "category", CATEGORIES)),
        "category_list": "\n".join(f"- `{name}`: {meaning}." for name, meaning in CATEGORIES.items()),
        "column_count": str(len(column_names())),
    }


def _group(
    rows: Sequence[DatasetRow], column: str, order: Iterable[str] | Callable[[Any], list[str]]
) -> dict[str, list[DatasetRow]]:
    names = order({row[column] for row in rows}) if callable(order) else order
    groups = {name: [row for row in rows if row[column] == name] for name in names}
    return {name: group for name, group in groups.items() if group}


def _count_table(what: str, groups: Mapping[str, Sequence[DatasetRow]]) -> str:
    lines = [
        f"| {what} | bugs | visible tests | hidden tests | mean buggy pass rate |",
        "|---|---:|---:|---:|---:|",
    ]
    for name, rows in groups.items():
        n_tests = sum(len(row["tests"]) for row in rows)
        n_hidden = sum(test["hidden"] for row in rows for test in row["tests"])
        rate = mean(row["buggy_pass_rate"] for row in rows)
        lines.append(f"| {name} | {len(rows)} | {n_tests - n_hidden} | {n_hidden} | {rate:.3f} |")
    return "\n".join(lines)


def make_croissant(tables: Sequence[DataFile]) -> dict[str, Any]:
    """croissant.json: a FileObject with its hash for each file, a FileSet and a RecordSet for each config."""
    by_config = _by_config(tables)
    licences = sorted({row["license"] for row in _rows(tables)})
    file_objects = [
        {
            "@type": "cr:FileObject",
            "@id": table.path,
            "name": table.path,
            "contentUrl": table.path,
            "contentSize": f"{len(table.content)} B",
            "encodingFormat": "application/x-parquet",
            "sha256": table.sha256,
        }
        for table in tables
    ]
    file_sets = [
        {
            "@type": "cr:FileSet",
            "@id": f"{config}-files",
            "name": f"{config}-files",
            "description": f"The Parquet files of the config {config}.",
            "encodingFormat": "application/x-parquet",
            "includes": f"data/{config}/*.parquet",
        }
        for config in by_config
    ]
    return {
        "@context": _CROISSANT_CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": "debugarena",
        "description": f"{SUMMARY} {CANARY}",
        "version": DATASET_VERSION,
        "datePublished": _release_date(read_changelog()),
        "license": [f"https://spdx.org/licenses/{name}" for name in licences],
        "citeAs": f"The DebugArena authors. DebugArena, dataset version {DATASET_VERSION}.",
        "creator": {"@type": "sc:Organization", "name": "The DebugArena authors"},
        "distribution": [*file_objects, *file_sets],
        "recordSet": [_record_set(config, files) for config, files in by_config.items()],
    }


def _record_set(config: str, files: Sequence[DataFile]) -> dict[str, Any]:
    source = {"fileSet": {"@id": f"{config}-files"}}
    split_field = {
        "@type": "cr:Field",
        "@id": f"{config}/split",
        "description": f"The split the row is in: {', '.join(f.split for f in files)}.",
        "dataType": "sc:Text",
        "source": {**source, "extract": {"fileProperty": "filename"}, "transform": {"regex": r"^(\w+)-"}},
    }
    told = column_descriptions()
    fields = [_field(f"{config}/{name}", told[name], name, kind, source) for name, kind in features().items()]
    return {
        "@type": "cr:RecordSet",
        "@id": config,
        "description": f"The rows of the config {config}, one bug each.",
        "key": {"@id": f"{config}/bug_id"},
        "field": [split_field, *fields],
    }


def _field(at: str, description: str, column: str, kind: Any, source: dict[str, Any]) -> dict[str, Any]:
    """One column; the members of a struct become sub-fields."""
    field: dict[str, Any] = {"@type": "cr:Field", "@id": at, "description": description}
    inner = getattr(kind, "feature", kind)
    if inner is not kind:
        field["repeated"] = True
    extract = {**source, "extract": {"column": column}}
    if not isinstance(inner, dict):
        return {**field, "dataType": _CROISSANT_TYPES[inner.dtype], "source": extract}
    field["subField"] = [
        {
            "@type": "cr:Field",
            "@id": f"{at}/{name}",
            "dataType": _CROISSANT_TYPES[value.dtype],
            "source": {**extract, "transform": {"jsonPath": name}},
        }
        for name, value in inner.items()
    ]
    return field


def _rows(tables: Sequence[DataFile]) -> list[dict[str, Any]]:
    return [row for table in tables for row in table.rows]


def _by_config(tables: Sequence[DataFile]) -> dict[str, list[DataFile]]:
    configs: dict[str, list[DataFile]] = {}
    for table in tables:
        configs.setdefault(table.config, []).append(table)
    return configs


# the standard one of Croissant 1.0; readers warn about any other
_CROISSANT_CONTEXT = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "rai": "http://mlcommons.org/croissant/RAI/",
    "sc": "https://schema.org/",
    "conformsTo": "dct:conformsTo",
    **{
        term: f"cr:{term}"
        for term in (
            "citeAs column equivalentProperty extract field fileProperty fileObject fileSet format includes "
            "isLiveDataset jsonPath key md5 parentField path recordSet references regex repeated replace samplingRate "
            "separator source subField transform"
        ).split()
    },
}
