"""What the privacy gate found, for a person to decide on."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from stagekansen_lib.errors import InputError, Problem, RefusedError, quoted
from stagekansen_lib.wording import chosen_language, number_text, say

if TYPE_CHECKING:
    import pandas as pd


__all__ = ["GateReport", "Identifier", "IdentifiersFoundError"]


TEXT_KINDS = ("names_person", "names_staff", "names_company", "unread_script")


@dataclass(frozen=True)
class Identifier:
    """One kind of identifier in one column.

    Parameters
    ----------
    column : name of the column in the file.
    kind : one of ``codebooks.IDENTIFIER_KINDS``.
    by : "name" when the name of the column gave it away, "content" when the values did.
    count : rows that hold it.
    rows : row numbers of the first ten of them, as a spreadsheet shows them.
    """

    column: str
    kind: str
    by: str
    count: int
    rows: tuple[int, ...]

    def do(self, texts: Collection[str], language: str | None = None) -> str:
        """What to do about it; ``texts`` are the columns whose texts can be set aside one by one."""
        in_text = self.column in texts and self.kind not in TEXT_KINDS
        key = "in_text_do" if in_text else f"{self.kind}_do"
        return say(f"identifiers.{key}", chosen_language(language))

    def problem(self, file: str, texts: Collection[str] = ()) -> Problem:
        """The finding as an error says it: column, kind, rows and what to do; never a value."""
        rows = ", ".join(str(row) for row in self.rows) + (", ..." if self.count > len(self.rows) else "")
        told = "by its name and content" if self.by == "name" else "by its content"
        return Problem(
            f"{self.count} row(s) hold {say(f'identifiers.{self.kind}', 'en')} ({told}).",
            f"{file}, column '{self.column}', row(s) {rows}",
            self.do(texts, "en"),
        )


@dataclass(frozen=True)
class GateReport:
    """What the privacy gate found in a file.

    Parameters
    ----------
    findings : in the order of the columns; empty when nothing points at a person.
    file, columns, rows : what was looked at.
    set_aside : for each column of texts, the rows whose text was emptied because it names somebody.
    removed : columns that were left out.
    allowed : sentences, one for each kind that the codebook allows in a column, with its reason.
    texts : columns with findings that hold open answers: they can be set aside one by one.
    """

    findings: tuple[Identifier, ...]
    file: str = ""
    columns: int = 0
    rows: int = 0
    set_aside: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    removed: tuple[str, ...] = ()
    allowed: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        return not self.findings

    @property
    def table(self) -> pd.DataFrame:
        """One line a finding: column, kind, kind_nl, kind_en, by, count, rows, do_nl, do_en."""
        import pandas as pd

        lines = [
            (
                found.column, found.kind,
                say(f"identifiers.{found.kind}", "nl"), say(f"identifiers.{found.kind}", "en"),
                found.by, found.count, found.rows,
                found.do(self.texts, "nl"), found.do(self.texts, "en"),
            )
            for found in self.findings
        ]  # fmt: skip
        names = ["column", "kind", "kind_nl", "kind_en", "by", "count", "rows", "do_nl", "do_en"]
        return pd.DataFrame(lines, columns=names)

    def sentence(self, language: str | None = None) -> str:
        """The outcome in one or two sentences."""
        chosen = chosen_language(language)
        values = {"file": self.file or "-", "columns": self.columns, "rows": number_text(self.rows, chosen)}
        if self.passed:
            return say("identifiers.passed", chosen, **values)
        broken = len({found.column for found in self.findings})
        return say("identifiers.stopped", chosen, **values, broken=broken)

    def __repr__(self) -> str:
        lines = [str(found.problem(self.file, self.texts)) for found in self.findings]
        return "\n".join([self.sentence("en"), *lines])

    def _repr_html_(self) -> str:
        from html import escape

        language = chosen_language()
        heads = [say(f"identifiers.head_{name}", language) for name in ("column", "kind", "count", "rows", "do")]
        lines = []
        for line in self.table.to_dict("records"):
            rows = ", ".join(str(row) for row in line["rows"]) + (" …" if line["count"] > len(line["rows"]) else "")
            cells = [line["column"], line[f"kind_{language}"], line["count"], rows, line[f"do_{language}"]]
            lines.append("<tr>" + "".join(f"<td>{escape(str(cell))}</td>" for cell in cells) + "</tr>")
        head = "".join(f"<th>{escape(name)}</th>" for name in heads)
        table = f"<table><tr>{head}</tr>{''.join(lines)}</table>" if lines else ""
        return f"<p>{escape(self.sentence(language))}</p>{table}"


class IdentifiersFoundError(InputError, RefusedError):
    """A file that points at persons; ``report`` holds the findings."""

    def __init__(self, report: GateReport) -> None:
        self.report = report
        columns = len({found.column for found in report.findings})
        super().__init__(
            [found.problem(report.file, report.texts) for found in report.findings],
            f"{report.file} was not read: {columns} column(s) point at persons. Nothing was stored. Leave columns out "
            "with remove=[...], set texts aside with set_aside_texts=True, or let the codebook allow a kind (column "
            "'gate', with the reason in 'note').",
        )

    def for_command_line(self) -> str:
        """The same for who typed a command: the options to add, with the names of columns quoted for the shell."""
        report = self.report
        columns = list(dict.fromkeys(found.column for found in report.findings))
        whole = [name for name in columns if name not in report.texts]
        options = [f"--remove {quoted(*whole)}"] if whole else []
        options += ["--set-aside-texts"] if report.texts else []
        lines = [
            f"{report.file} was not read: {len(columns)} column(s) point at persons. Nothing was stored.",
            *(f"- {problem}" for problem in self.problems),
            f"To read the rest, add to the same command: {' '.join(options)}",
            "Or let the codebook allow a kind (column 'gate', with the reason in 'note').",
        ]
        return "\n".join(lines)
