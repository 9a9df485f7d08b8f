"""YAML that people write: one way to read it, one kind of error, and nothing of the content in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from stagekansen_lib.errors import InputError
from stagekansen_lib.project.yaml_files import read_yaml, read_yaml_list

SECRET = "An answer of somebody"


def written(tmp_path: Path, text: str, encoding: str = "utf-8") -> Path:
    path = tmp_path / "file.yaml"
    path.write_text(text, encoding)
    return path


def test_names_with_values_and_lists_are_read_and_an_empty_file_holds_none(tmp_path: Path) -> None:
    assert read_yaml(written(tmp_path, "a: 1\nb: [x, y]\n")) == {"a": 1, "b": ["x", "y"]}
    assert read_yaml_list(written(tmp_path, "- a\n- {b: 2}\n")) == ["a", {"b": 2}]
    for text in ("", "# only a remark\n"):
        assert read_yaml(written(tmp_path, text)) == {}
        assert read_yaml_list(written(tmp_path, text)) == []


def test_what_one_reader_changes_no_other_reader_sees(tmp_path: Path) -> None:
    path = written(tmp_path, "a: {b: [x]}\n")
    read_yaml(path)["a"]["b"].append("y")
    assert read_yaml(path) == {"a": {"b": ["x"]}}
    assert read_yaml(written(tmp_path, "a: {b: [z]}\n")) == {"a": {"b": ["z"]}}


@pytest.mark.parametrize("name", ["absent.yaml", "."])
@pytest.mark.parametrize("read", [read_yaml, read_yaml_list])
def test_what_is_no_file_is_named(tmp_path: Path, name: str, read: object) -> None:
    path = tmp_path / name
    with pytest.raises(InputError, match="The file cannot be read") as refused:
        read(path)  # type: ignore[operator]
    assert refused.value.problems[0].where == str(path)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (f"a: 1\nb: '{SECRET}\n", ", line 3"),
        (f"a: [{SECRET}", ", line 2"),
        (f"a: !!python/object/apply:os.system ['{SECRET}']\n", ", line 1"),
        (f"a: !secret {SECRET}\n", ", line 1"),
        (f"base: &base {{a: {SECRET}}}\nb:\n  <<: *base\n", ", line 3"),
        (f"{SECRET}: \x07\n", ""),
        ("a: 2026-13-45\n", ""),
    ],
)
def test_what_cannot_be_read_safely_is_refused_by_its_line(tmp_path: Path, text: str, line: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(InputError, match="no YAML file in UTF-8") as refused:
        read_yaml(path)
    assert refused.value.problems[0].where == f"{path}{line}"
    assert SECRET not in str(refused.value)
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__


def test_a_file_in_another_encoding_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no YAML file in UTF-8") as refused:
        read_yaml(written(tmp_path, "a: caf\u00e9\n", "latin-1"))
    assert "caf" not in str(refused.value)


@pytest.mark.parametrize("text", [f"- {SECRET}\n", f"{SECRET}\n", "3\n"])
def test_names_with_values_are_asked_for_where_something_else_stands(tmp_path: Path, text: str) -> None:
    with pytest.raises(InputError, match="does not hold names with values") as refused:
        read_yaml(written(tmp_path, text))
    assert SECRET not in str(refused.value)


@pytest.mark.parametrize("text", [f"a: {SECRET}\n", f"{SECRET}\n", "3\n"])
def test_a_list_is_asked_for_where_something_else_stands(tmp_path: Path, text: str) -> None:
    with pytest.raises(InputError, match="does not hold a list") as refused:
        read_yaml_list(written(tmp_path, text))
    assert SECRET not in str(refused.value)


def test_lists_that_repeat_each_other_are_kept_once_and_not_written_out(tmp_path: Path) -> None:
    levels = 30
    lines = ["a0: &a0 [x, x]", *(f"a{at}: &a{at} [{', '.join([f'*a{at - 1}'] * 9)}]" for at in range(1, levels))]
    read = read_yaml(written(tmp_path, "\n".join(lines)))
    # Written out, these would be nine to the thirtieth entries.
    assert all(one is read[f"a{levels - 2}"] for one in read[f"a{levels - 1}"])


def test_merges_that_repeat_each_other_are_refused_before_they_grow(tmp_path: Path) -> None:
    lines = ["a0: &a0 {x: 1}"]
    for at in range(1, 30):
        lines += [f"a{at}: &a{at}", f"  <<: [{', '.join([f'*a{at - 1}'] * 9)}]"]
    with pytest.raises(InputError, match="no YAML file"):
        read_yaml(written(tmp_path, "\n".join(lines)))
