"""Keys that are typed in a form of widgets stay in it: JupyterLab would take an `m` or `d d` for itself."""

from __future__ import annotations

from functools import cache
from typing import Any

from stagekansen_lib.project.extras import needs

__all__ = ["keys_stay_inside"]

# The listener sits on the box around; Ctrl and Meta still reach JupyterLab, for saving.
_PROGRAM = """
export default {
  render({ el }) {
    el.style.display = "none";
    const keep = (event) => { if (!event.ctrlKey && !event.metaKey) event.stopPropagation(); };
    let box = null;
    const listen = () => {
      box = el.parentElement?.closest(".widget-vbox, .jupyter-widgets.widget-container");
      if (box) box.addEventListener("keydown", keep); else if (el.isConnected || !box) requestAnimationFrame(listen);
    };
    listen();
    return () => box?.removeEventListener("keydown", keep);
  },
};
"""


def keys_stay_inside() -> Any:
    """A widget without a face: put in a box of widgets, it keeps what is typed in that box from JupyterLab."""
    return _guard()()


@cache
def _guard() -> Any:
    with needs("pages"):
        import anywidget

    class KeyGuard(anywidget.AnyWidget):
        _esm = _PROGRAM

    return KeyGuard
