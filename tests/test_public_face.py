"""Every public name exists, stands where the list in ``stagekansen_lib`` says, and is described as it is."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

import stagekansen_lib as sk
from stagekansen_lib.arguments import some_share
from stagekansen_lib.errors import InputError, RefusedError
from tests.docstrings import faults

PUBLIC = [name for name in sk.__all__ if name != "__version__"]


@pytest.mark.parametrize("name", PUBLIC)
def test_a_public_name_is_described_whole_and_as_it_is(name: str) -> None:
    assert faults(getattr(sk, name)) == []


# The check itself ---------------------------------------------------------------------------------------------------

WHOLE = """Half of a number.

Parameters
----------
number : above 0.

Returns
-------
float : half of it.

Raises
------
InputError : the number is not above 0.

Examples
--------
>>> half(3)
1.5
"""

UNTOLD = "It can raise InputError and does not say when."


def half(number: float) -> float:
    if number <= 0:
        raise InputError("Give a number above 0.")
    return number / 2


def described(text: str, function: Callable[..., object] = half) -> list[str]:
    function.__doc__ = text
    return faults(function)


def test_a_whole_description_has_no_fault() -> None:
    assert described(WHOLE) == []


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        (WHOLE, "", "It does not say what it is."),
        ("Half of a number.\n", "", "It does not say what it is."),
        ("number : above 0.", "", "The parameter 'number' is not described."),
        ("number : above 0.", "The number, above 0.", "The parameter 'number' is not described."),
        ("number : above 0.", "number : above 0.\nunit : of it.", "It describes 'unit', which is no parameter."),
        ("number : above 0.", "number : above 0.\nnumber : again.", "It describes 'number' twice."),
        ("Returns\n-------\nfloat : half of it.", "", "It returns something and does not say what."),
        ("float : half of it.", "", "The section 'Returns' is empty."),
        ("InputError : the number is not above 0.", "When it is wrong.", UNTOLD),
        ("InputError", "RefusedError", UNTOLD),
        ("Raises\n------\nInputError : the number is not above 0.", "", UNTOLD),
        (">>> half(3)\n1.5", "Half of 3 is 1.5.", "It has no example that runs."),
        ("Examples\n--------\n", "", "It has no example that runs."),
        ("Returns\n", "Return\n", "The section 'Return' is unknown."),
    ],
)  # fmt: skip
def test_each_part_that_is_missing_or_untrue_is_found(old: str, new: str, fault: str) -> None:
    assert old in WHOLE
    assert fault in described(WHOLE.replace(old, new))


def test_parameters_may_be_described_together() -> None:
    def between(low: float, high: float, *others: float, **options: float) -> float:
        return low + high + len(others) + len(options)

    text = WHOLE.replace("number :", "low, high, *others, **options : as for ``half``;")
    assert described(text, between) == []
    assert described(text.replace(", high", ""), between) == ["The parameter 'high' is not described."]


def test_what_returns_nothing_does_not_say_that_it_returns() -> None:
    def forget(number: float) -> None:
        del number

    assert described(WHOLE, forget) == ["It says that it returns something."]


def refusal() -> RefusedError:
    return RefusedError("Not this.")


def refuse() -> None:
    raise refusal()


class _Halves:
    def __init__(self, number: float) -> None:
        self.number = number

    def first(self) -> float:
        refuse()
        return self.number


def by_another(number: float) -> float:
    refuse()
    return number


def by_its_argument(number: float) -> float:
    return some_share("number", number, 0.5)


def by_a_class(number: float) -> float:
    return _Halves(number).first()


def by_a_late_import(number: float) -> float:
    from stagekansen_lib.arguments import some_number

    return some_number("number", number)


@pytest.mark.parametrize(
    ("function", "error"),
    [
        (by_another, "RefusedError"),
        (by_its_argument, "InputError"),
        (by_a_class, "RefusedError"),
        (by_a_late_import, "InputError"),
    ],
)
def test_an_error_that_is_raised_on_the_way_is_found(function: Callable[..., object], error: str) -> None:
    without = WHOLE.replace("InputError :", "ValueError :")
    assert described(without, function) == [f"It can raise {error} and does not say when."]
    assert described(WHOLE.replace("InputError", error), function) == []


def test_a_field_of_a_class_is_described_too() -> None:
    @dataclass
    class Pair:
        """Two numbers.

        Parameters
        ----------
        first : a number.
        third : another.
        """

        first: float
        second: float

    assert faults(Pair) == ["The field 'second' is not described.", "It describes 'third', which is no field."]


# Names --------------------------------------------------------------------------------------------------------------


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
