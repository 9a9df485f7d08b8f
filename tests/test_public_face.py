"""Every public name exists, is documented, and stands where the list in ``stagekansen_lib`` says."""

from __future__ import annotations

import ast
import inspect
from pathlib import Path

import pytest

import stagekansen_lib as sk


@pytest.mark.parametrize("name", [name for name in sk.__all__ if name != "__version__"])
def test_a_public_name_exists_and_has_a_docstring(name: str) -> None:
    thing = getattr(sk, name)
    assert inspect.getdoc(thing)


@pytest.mark.parametrize(
    "name", [name for name in sk.__all__ if name != "__version__" and inspect.isfunction(getattr(sk, name))]
)
def test_a_public_function_names_each_parameter_in_its_docstring(name: str) -> None:
    function = getattr(sk, name)
    text = inspect.getdoc(function) or ""
    missing = [parameter for parameter in inspect.signature(function).parameters if parameter not in text]
    assert not missing


def test_no_public_name_is_also_a_room_whose_import_would_take_its_place() -> None:
    rooms = {path.stem for path in Path(sk.__file__).parent.iterdir()}
    assert rooms & set(sk.__all__) == set()


def test_a_type_checker_sees_the_names_that_are_loaded_when_used() -> None:
    tree = ast.parse(Path(sk.__file__).read_text("utf-8"))
    block = next(node for node in tree.body if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING")
    seen = {
        (alias.name, alias.asname, node.module)
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert seen == {(name, name, f"stagekansen_lib.{module}") for name, module in sk._PUBLIC.items()}


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'raked'"):
        _ = sk.raked


def test_the_directory_lists_every_public_name() -> None:
    assert set(sk.__all__) <= set(dir(sk))
