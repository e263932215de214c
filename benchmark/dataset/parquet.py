"""Reads the rows of an untrusted Parquet file within limits: 600 bytes can claim to hold gigabytes, in a single row.

The footer is checked before anything is read, and each page is checked against the footer, because Arrow believes the
pages. Texts are read as indices into a dictionary, so that a row is weighed before it is built.
Not covered: whether a row is a bug (schema.py), and what `datasets` reads from the hub.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any, BinaryIO

MAX_ROWS = 1_000_000
MAX_FOOTER_BYTES = 1 << 20
MAX_PAGES = 5000  # in a row group
MAX_UNPACKED_BYTES, MAX_RATIO = 64 << 20, 100  # a file may unpack to so many bytes, or to so many times its own size
VALUE_BYTES = 8  # each value counts at least this much: a list of a million nulls has no bytes
# parquet.thrift: the kinds of pages that hold values, each with the number of its header; and an encoding in which a
# text can repeat the one before, without a bound
DATA_PAGES, DICTIONARY_PAGE = {0: 5, 3: 8}, {2: 7}
DELTA_BYTE_ARRAY = 7


class Unreadable(Exception):
    """The reason why reading stops, in one line."""


def read_rows(path: Path, wanted: Collection[str], max_row_bytes: int) -> Iterator[dict[str, Any]]:
    """The `wanted` columns of each row, in order. Unreadable at the first one out of bounds, after those before."""
    import pyarrow
    import pyarrow.parquet

    try:
        with path.open("rb") as source:
            _check_footer(source)
            metadata = pyarrow.parquet.read_metadata(source)
            groups = _checked_groups(source, metadata, wanted)
            leaves = [metadata.schema.column(i) for i in range(metadata.num_columns)]
            texts = [leaf.path for leaf in leaves if leaf.physical_type == "BYTE_ARRAY"]
            file = pyarrow.parquet.ParquetFile(source, metadata=metadata, read_dictionary=texts)
            names = [name for name in file.schema_arrow.names if name in wanted]
            for number, chunks in enumerate(groups):
                _check_pages(source, chunks)
                # Arrow's threads sometimes abort the interpreter at exit (apache/arrow#34314)
                for batch in file.iter_batches(16, row_groups=[number], columns=names, use_threads=False):
                    for index in range(batch.num_rows):
                        row = batch.slice(index, 1)
                        if sum(map(_weight, row.columns)) > max_row_bytes:
                            raise Unreadable(f"a row longer than {max_row_bytes >> 10} KiB")
                        yield row.to_pylist()[0]
    except (OSError, pyarrow.ArrowException, ValueError, LookupError, RecursionError) as error:
        raise Unreadable(f"not readable Parquet: {(str(error).splitlines() or ['damaged'])[0]}") from None


def _check_footer(source: BinaryIO) -> None:
    source.seek(max(0, source.seek(0, 2) - 8))
    if int.from_bytes(source.read(4), "little") > MAX_FOOTER_BYTES:
        raise Unreadable(f"its footer is larger than {MAX_FOOTER_BYTES >> 20} MiB")


def _checked_groups(source: BinaryIO, metadata: Any, wanted: Collection[str]) -> list[list[Any]]:
    """The wanted column chunks of each row group. Unreadable for a file that claims to unpack to too much."""
    if metadata.num_rows > MAX_ROWS:
        raise Unreadable(f"more than {MAX_ROWS} rows")
    groups = [metadata.row_group(i) for i in range(metadata.num_row_groups)]
    chunks = [[group.column(i) for i in range(group.num_columns)] for group in groups]
    kept = [[chunk for chunk in group if chunk.path_in_schema.split(".")[0] in wanted] for group in chunks]
    weight = sum(c.total_uncompressed_size + VALUE_BYTES * c.num_values for group in kept for c in group)
    if weight > max(MAX_UNPACKED_BYTES, MAX_RATIO * source.seek(0, 2)):
        raise Unreadable(f"unpacks to {weight >> 20} MiB")
    return kept


def _check_pages(source: BinaryIO, chunks: list[Any]) -> None:
    """Unreadable for a row group whose pages claim to hold more than the footer says."""
    n_pages = 0
    for chunk in chunks:
        at = min(filter(None, (chunk.dictionary_page_offset, chunk.data_page_offset)))
        n_values = 0
        while n_values < chunk.num_values:
            source.seek(at)
            page, n_bytes = _read_struct(source.read(64 * 1024))
            kind, unpacked, packed = page[1], page[2], page[3]
            about = page[(DATA_PAGES | DICTIONARY_PAGE)[kind]]
            n_pages += 1
            n_values += about[1] if kind in DATA_PAGES else 0
            encoding = about[4 if kind == 3 else 2]
            sizes = (
                (about[1], chunk.num_values),
                (n_values, chunk.num_values),
                (unpacked, chunk.total_uncompressed_size),
            )
            if any(not 0 <= said <= most for said, most in sizes) or packed < 0 or encoding == DELTA_BYTE_ARRAY:
                raise Unreadable(f"a page of the column {chunk.path_in_schema} is not as the footer says")
            if n_pages > MAX_PAGES:
                raise Unreadable(f"more than {MAX_PAGES} pages in a row group")
            at += n_bytes + packed


def _read_struct(data: bytes, at: int = 0) -> tuple[dict[int, Any], int]:
    """A struct in Thrift's compact protocol as its numbered fields, and its end. LookupError for anything else."""
    fields: dict[int, Any] = {}
    number = 0
    while head := data[at]:
        number, at = (number + (head >> 4), at + 1) if head >> 4 else _read_integer(data, at + 1)
        value: Any = None
        kind = head & 15
        if kind == 12:
            value, at = _read_struct(data, at)
        elif kind in (4, 5, 6):
            value, at = _read_integer(data, at)
        elif kind == 8:  # text
            length, at = _read_varint(data, at)
            at += length
        elif kind not in (1, 2):  # true and false have no bytes; a page's header has no other kinds
            raise LookupError("a page has a strange header")
        if number in fields:
            raise LookupError("a page says something twice")
        fields[number] = value
    return fields, at + 1


def _read_varint(data: bytes, at: int) -> tuple[int, int]:
    for n_bytes in range(1, 11):
        if data[at + n_bytes - 1] < 128:
            return sum((byte & 127) << 7 * i for i, byte in enumerate(data[at : at + n_bytes])), at + n_bytes
    raise LookupError("a page has a number without an end")


def _read_integer(data: bytes, at: int) -> tuple[int, int]:
    value, at = _read_varint(data, at)
    return (value >> 1) ^ -(value & 1), at


def _weight(array: Any) -> int:
    """The bytes of an Arrow array if each of its values were written out, and at least VALUE_BYTES for each."""
    import pyarrow
    import pyarrow.compute

    if pyarrow.types.is_dictionary(array.type):
        lengths = pyarrow.compute.binary_length(array.dictionary).take(array.indices)
        return VALUE_BYTES * len(array) + (pyarrow.compute.sum(lengths).as_py() or 0)
    if pyarrow.types.is_nested(array.type):
        inner = array.flatten()
        return VALUE_BYTES * len(array) + sum(map(_weight, inner if isinstance(inner, list) else [inner]))
    return VALUE_BYTES * len(array) + int(array.nbytes)
