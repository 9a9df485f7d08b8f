"""Every public name exists, is documented, and stands where the list in ``stagekansen_lib`` says."""

from __future__ import annotations

import importlib
import inspect

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


def test_a_module_never_takes_the_place_of_a_public_function() -> None:
    for name in sk.__all__:
        getattr(sk, name)
    importlib.import_module("stagekansen_lib.estimation.variance")
    assert [name for name in sk.__all__ if inspect.ismodule(getattr(sk, name))] == []


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'raked'"):
        _ = sk.raked


def test_the_directory_lists_every_public_name() -> None:
    assert set(sk.__all__) <= set(dir(sk))
