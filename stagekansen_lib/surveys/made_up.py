"""Proof that a program made the answers of a survey, and nobody gave them.

A column that says "synthetic" proves nothing: anybody adds one. Two things prove it, both about the bytes of a file:

- it is the example survey that comes with the project, known by its sha256;
- a card beside it, ``NAME.made-up.yaml``, which ``stagekansen practise`` or ``stagekansen twin`` wrote with it:
  generator, seed, number of rows and sha256 of the file.

Change one byte of the file, and its answers count as real. The proof goes along with the survey as a digest of each
row, so that a release can see that these are still those rows; what ``practise`` made is made once more there, and
compared. It guards against mistakes. Whoever writes a false card of a twin on purpose is not stopped by it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stagekansen_lib.errors import InputError, Problem
from stagekansen_lib.project.yaml_files import read_yaml

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "EXAMPLE", "MADE_UP_ENDING", "PRACTICE", "TWIN", "MadeUp", "as_entry", "from_entry", "made_up_card", "of_answers",
    "proof_of_file", "renewed", "strangers",
]  # fmt: skip

MADE_UP_ENDING = ".made-up.yaml"
EXAMPLE, PRACTICE, TWIN = "example", "practise", "twin"
# The surveys of data/example with their seeds, as scripts/make_example_survey.py and make_example_waves.py write them.
_SHIPPED = {
    "3a8264f768e7a946614a75424336538492a7af869b8542027369f8c4941c622e": 2022,
    "5ddc40db9453653426afad746d56922f8ac9329767291215df6db9a3ff8b8ab0": 6221,
    "e0fdb7c4ba656d496e2d70ad61cb807602b2dca2ab4e2056b88341c0c4f34f01": 6231,
    "bfc6296d69fbfaadd0a627c0df39326f918e3413ecdb8306f108ca922930b169": 6241,
}
_HEAD = "# Written by `stagekansen {generator}`: proof that a program made the answers in the file beside it.\n"
# Rows are told apart by 64 bits; one that was changed has the digest of another once in 10^16 times.
_BYTES = 8


@dataclass(frozen=True)
class MadeUp:
    """Proof that a program made the answers.

    Parameters
    ----------
    generator : "example", "practise" or "twin".
    seed, rows : of the generator: with these it makes the same file again.
    sha256 : of the file that it made.
    columns, digests : the columns of the survey as it was read, and a digest of each row, eight bytes a row.
    """

    generator: str
    seed: int
    rows: int
    sha256: str
    columns: tuple[str, ...] = field(default=(), repr=False)
    digests: bytes = field(default=b"", repr=False)


def proof_of_file(path: Path, content: bytes | None = None) -> tuple[MadeUp | None, Mapping[str, Any]]:
    """The proof that a file holds made-up answers, without its rows, and what its card says; None when there is none.

    Raises
    ------
    InputError : the card beside it cannot be read.
    """
    card = path.with_name(f"{path.stem}{MADE_UP_ENDING}")
    entry = read_yaml(card) if card.is_file() else {}
    if not entry and path.suffix != ".csv":
        return None, {}
    if content is None and not path.is_file():
        return None, {}  # whoever reads it says what it is
    sha256 = _sha256_of(path) if content is None else hashlib.sha256(content).hexdigest()
    if sha256 in _SHIPPED:
        return MadeUp(EXAMPLE, _SHIPPED[sha256], 0, sha256), {}
    if not entry:
        return None, {}
    proof = _from_card(entry, card)
    return (proof if proof.sha256 == sha256 else None), entry


def _sha256_of(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _from_card(entry: Mapping[str, Any], card: Path) -> MadeUp:
    numbers = [entry.get(name) for name in ("seed", "rows")]
    generator, sha256 = entry.get("generator"), entry.get("sha256")
    if generator not in (PRACTICE, TWIN) or not isinstance(sha256, str) or not all(type(n) is int for n in numbers):
        raise InputError(
            Problem(
                "This card does not say which program made the answers, with which seed and how many rows.",
                card.name,
                "Make the file again with `stagekansen practise` or `stagekansen twin`; its card comes with it.",
            )
        )
    return MadeUp(generator, int(entry["seed"]), int(entry["rows"]), sha256)


def made_up_card(made: MadeUp, codebook: str, survey: str) -> bytes:
    """The card that goes beside a file of made-up answers."""
    import yaml

    content = {
        "generator": made.generator,
        "seed": made.seed,
        "rows": made.rows,
        "codebook": codebook,
        "survey": survey,
        "sha256": made.sha256,
    }
    text = yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=120)
    return (_HEAD.format(generator=made.generator) + text).encode()


def of_answers(proof: MadeUp, rows: pd.DataFrame) -> MadeUp:
    """The proof together with the rows that were read from its file."""
    columns = tuple(str(name) for name in rows.columns)
    digests = _digests(rows, columns).astype("<u8").tobytes()
    return MadeUp(proof.generator, proof.seed, proof.rows, proof.sha256, columns, digests)


def strangers(proof: MadeUp, rows: pd.DataFrame) -> int:
    """How many rows of a survey are not among those that are proven; all of them when a column is gone."""
    import numpy as np

    if not set(proof.columns) <= {str(name) for name in rows.columns}:
        return len(rows)
    known = np.frombuffer(proof.digests, dtype="<u8")
    return int((~np.isin(_digests(rows, proof.columns), known)).sum())


def renewed(proof: MadeUp | None, rows: pd.DataFrame) -> MadeUp | None:
    """The proof of the rows that are left of those that it was given for; None when there are others among them."""
    if proof is None or strangers(proof, rows):
        return None
    return of_answers(proof, rows[list(proof.columns)])


def as_entry(proof: MadeUp | None) -> dict[str, Any] | None:
    """The proof as a card of stored answers keeps it; the digests of the rows are made from the rows again."""
    if proof is None:
        return None
    whole = hashlib.sha256(b"".join(sorted(_parts(proof.digests)))).hexdigest()
    return {
        "generator": proof.generator,
        "seed": proof.seed,
        "rows": proof.rows,
        "sha256": proof.sha256,
        "columns": list(proof.columns),
        "sha256_of_rows": whole,
    }


def from_entry(entry: Any, rows: pd.DataFrame) -> MadeUp | None:
    """The proof of stored answers when its rows are those of the card; else None."""
    if not isinstance(entry, Mapping) or not set(entry["columns"]) <= {str(name) for name in rows.columns}:
        return None
    bare = MadeUp(str(entry["generator"]), int(entry["seed"]), int(entry["rows"]), str(entry["sha256"]))
    proof = of_answers(bare, rows[list(entry["columns"])])
    return proof if as_entry(proof) == dict(entry) else None


def _parts(digests: bytes) -> Iterable[bytes]:
    return (digests[at : at + _BYTES] for at in range(0, len(digests), _BYTES))


def _digests(rows: pd.DataFrame, columns: Iterable[str]) -> Any:
    """A digest of each row over these columns: of the answers as texts, whatever type keeps them."""
    import numpy as np
    import pandas as pd

    found = np.zeros(len(rows), dtype=np.uint64)
    for name in columns:
        codes, distinct = pd.factorize(rows[name])
        texts = np.array([*(_text(value) for value in distinct), ""], dtype=object)
        # Multiplied before it is added, so that an answer under another question gives another digest.
        found = found * np.uint64(0x9E3779B97F4A7C15) + pd.util.hash_array(texts, categorize=False)[codes]
        found ^= found >> np.uint64(29)
    return found


def _text(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
