"""``take_in``: the intake desk as a notebook shows it."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from stagekansen_lib.desk.desks import Desk
from stagekansen_lib.project.extras import needs

__all__ = ["TakeIn", "take_in"]


class TakeIn(Desk):
    """``Desk`` that a notebook shows. What a screen shows goes by messages; nothing of it is kept in the notebook."""

    def widget(self) -> Any:
        """One widget that talks to this desk; several views of it show the same."""
        made = _widget_class()(language=self.language)

        def answer(_: Any, content: Any, buffers: Any) -> None:
            made.send(self.handle(content, [bytes(one) for one in buffers or ()]))

        made.on_msg(answer)
        return made

    def __repr__(self) -> str:
        return "\n".join([str(self.state["progress"]), *self.told])

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        bundle: Any = self.widget()._repr_mimebundle_()
        data = dict(bundle[0] if isinstance(bundle, tuple) else bundle)
        return {**data, "text/plain": repr(self)}


@cache
def _widget_class() -> Any:
    """The widget; only its language and program are kept in a notebook that is saved with its widgets."""
    with needs("pages"):
        import anywidget
        import traitlets

    assets = Path(__file__).resolve().parent.parent / "assets"

    class DeskWidget(anywidget.AnyWidget):
        _esm = (assets / "desk.js").read_text("utf-8")
        _css = (assets / "desk.css").read_text("utf-8")
        language = traitlets.Unicode("nl").tag(sync=True)

    return DeskWidget


def take_in(path: str | Path | None = None, *, language: str | None = None) -> TakeIn:
    """The intake desk: choose or drop a file, confirm what it holds, take the answers in. For JupyterLab.

    A chosen file is written to ``data/raw`` and nowhere else. What a person confirms is kept after every action in
    ``data/interim/drafts``, so that a desk goes on where it was left. Nothing is read into a survey while a point is
    open that changes figures.

    Parameters
    ----------
    path : an export to begin with; without one the desk asks for it.
    language : "nl" or "en"; the default follows ``wording.chosen_language``.

    Returns
    -------
    TakeIn : a view; ``state`` is all that it shows, ``draft`` the draft of the codebook, ``survey`` what was taken in.
        ``handle(message)`` does what a button does.

    Raises
    ------
    InputError : the file cannot be read.

    Examples
    --------
    >>> desk = take_in(language="en")
    >>> desk.state["phase"], desk.handle({"do": "file", "name": "absent.csv"})["ok"]
    ('file', False)
    """
    return TakeIn(path, language)
