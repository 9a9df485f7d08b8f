"""One widget for views with forms: what is shown and typed goes by message, so a saved notebook holds none of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from stagekansen_lib.assets import asset_text, page_style, style_block
from stagekansen_lib.project.extras import needs

__all__ = ["FormView", "bundle_of", "form_widget"]


class FormView(Protocol):
    """A view that does what a person asks and gives its state as plain values."""

    def react(self, action: Mapping[str, Any]) -> dict[str, Any]:
        """Do it, and give the state afterwards."""

    def page(self) -> str:
        """What stands in a saved notebook."""


def form_widget(view: FormView) -> Any:
    """The widget of a view. Keys that are typed in it never reach the notebook: its script keeps them."""
    with needs("pages"):
        import anywidget

    class FormWidget(anywidget.AnyWidget):
        _esm = asset_text("manage.js")
        _css = page_style()

        def __init__(self) -> None:
            super().__init__()
            self.on_msg(self._heard)

        def _heard(self, _: Any, content: Any, __: Any) -> None:
            self.send({"id": content.get("id"), "state": view.react(content)})

    return FormWidget()


def bundle_of(view: FormView) -> dict[str, Any]:
    """What a notebook shows of a view: the widget, and where there is none, its page."""
    found = form_widget(view)._repr_mimebundle_()
    bundle = dict(found[0] if isinstance(found, tuple) else found)
    bundle["text/html"] = f'{style_block()}<div class="sk">{view.page()}</div>'
    bundle["text/plain"] = repr(view)
    return bundle
