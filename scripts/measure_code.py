"""How long and how complex the functions of the library are, and how many lines each room has.

    python scripts/measure_code.py               the library of this checkout
    python scripts/measure_code.py FOLDER        any other folder of Python files

The length of a function is its lines without the docstring; complexity is McCabe's, as radon counts it: A to 5, B to
10, C to 20 and so on. Nested functions and methods count by themselves.
"""

from __future__ import annotations

import ast
import statistics
import sys
from pathlib import Path

from radon.complexity import cc_rank, cc_visit

ROOT = Path(__file__).resolve().parent.parent


def length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of a function from its ``def`` on, without the docstring."""
    lines = (function.end_lineno or function.lineno) - function.lineno + 1
    first = function.body[0]
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
        lines -= (first.end_lineno or first.lineno) - first.lineno + 1
    return lines


def main(words: list[str]) -> int:
    folder = Path(words[0]) if words else ROOT / "stagekansen_lib"
    files = [
        path for path in sorted(folder.rglob("*.py")) if not {"tests", "vendor"} & set(path.relative_to(folder).parts)
    ]
    lengths: list[tuple[int, str]] = []
    complexities: list[tuple[int, str]] = []
    rooms: dict[str, int] = {}
    for path in files:
        text = path.read_text("utf-8")
        place = path.relative_to(folder)
        rooms[place.parts[0]] = rooms.get(place.parts[0], 0) + len(text.splitlines())
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                lengths.append((length(node), f"{place}:{node.name}"))
        blocks = [block for block in cc_visit(text) if block.letter in "FM"]
        blocks += [inner for block in blocks for inner in getattr(block, "closures", [])]
        complexities += [(block.complexity, f"{place}:{block.fullname}") for block in blocks]
    for room, lines in sorted(rooms.items(), key=lambda item: -item[1]):
        print(f"{lines:7,}  {room}")
    print(f"{sum(rooms.values()):7,}  lines in {len(files)} files")
    only = sorted(number for number, _ in lengths)
    tenth = only[int(len(only) * 0.9)]
    middle = statistics.median(only)
    print(f"\n{len(only):,} functions; lines: median {middle:g}, 90th percentile {tenth}, longest {only[-1]}")
    hard = sorted((entry for entry in complexities if cc_rank(entry[0]) >= "C"), reverse=True)
    print(f"complexity C or worse: {len(hard)} of {len(complexities):,} ({len(hard) / len(complexities):.1%})")
    for complexity, name in hard:
        print(f"  {cc_rank(complexity)} {complexity:>3}  {name}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
