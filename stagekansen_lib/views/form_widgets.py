"""What views with forms share: what a person asks is done or told, and what is shown and typed goes by message only."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from typing import Any

from stagekansen_lib.assets import asset_text, page_style, style_block
from stagekansen_lib.errors import InputError, Problem, RefusedError, StagekansenError, did_you_mean
from stagekansen_lib.fact_finding.forms import Form
from stagekansen_lib.project.extras import needs
from stagekansen_lib.wording import Language, say

__all__ = ["FormDesk"]


class FormDesk(ABC):
    """One form at a time, for one person. In a notebook it shows itself as one widget.

    Attributes
    ----------
    form : the form that is open, or None. ``answers`` : what was filled in so far.
    message, problems : what came of the last thing that was done, in words.
    """

    def __init__(self, language: Language) -> None:
        self.language: Language = language
        self.form: Form | None = None
        self.answers: dict[str, Any] = {}
        self.message = ""
        self.problems: list[str] = []

    @abstractmethod
    def open(self, kind: str, subject: str = "") -> Form:
        """Open a form, about a subject when one is given."""

    @abstractmethod
    def save(self, /, **answers: Any) -> object:
        """Do what the open form says."""

    @property
    @abstractmethod
    def state(self) -> dict[str, Any]:
        """All that is shown, as plain names and values."""

    @abstractmethod
    def page(self) -> str:
        """What stands in a saved notebook, as HTML."""

    def close(self) -> None:
        """Leave the form; nothing of it stays."""
        self.form, self.answers = None, {}

    def react(self, action: Mapping[str, Any]) -> dict[str, Any]:
        """What a widget or page asks: do it, and give the state afterwards. What went wrong is told in the state."""
        self.message, self.problems = "", []
        try:
            self._do(str(action.get("do", "")), action)
        except InputError as failure:
            self.problems = [str(problem) for problem in failure.problems]
        except StagekansenError as failure:
            self.problems = [str(failure)]
        return self.state

    def _do(self, what: str, action: Mapping[str, Any]) -> None:
        if what == "open":
            self.open(str(action.get("kind", "")), str(action.get("subject", "")))
        elif what == "cancel":
            self.close()
        elif what == "save":
            kind = self.form.kind if self.form else ""
            # Two windows of one browser are at one desk: what was filled in for one form is no answer to another.
            if action.get("kind", kind) != kind:
                raise InputError(Problem(say("manage.other_form", self.language)))
            self.save(**_answers_in(action))
        elif what != "hello":
            raise RefusedError(f"There is nothing called '{what}' to do here.")

    def _fill_in(self, answers: Mapping[str, Any], example: str) -> tuple[Form, list[Problem]]:
        """The open form, its answers put to what was filled in before; problems for what it does not ask."""
        if self.form is None:
            raise InputError(Problem("No form is open.", do=f"Open one first: open('{example}')."))
        asked = [field.name for field in self.form.fields]
        self.answers |= {name: value for name, value in answers.items() if name in asked}
        return self.form, [
            Problem(f"The form does not ask '{name}'.", name, did_you_mean(name, asked))
            for name in answers
            if name not in asked
        ]

    def _empty(self, form: Form) -> Iterator[Problem]:
        """What has to be filled in and is not, by the words of the form."""
        for field in form.fields:
            if field.required and field.sort != "tick" and not str(self.answers.get(field.name) or "").strip():
                yield Problem(say("manage.not_said", self.language), field.label)

    def widget(self) -> Any:
        """The widget of a notebook. Keys that are typed in it never reach the notebook: its script keeps them."""
        with needs("pages"):
            import anywidget

        class FormWidget(anywidget.AnyWidget):
            _esm = asset_text("manage.js")
            _css = page_style()

        widget = FormWidget()
        widget.on_msg(lambda _, content, __: widget.send({"id": content.get("id"), "state": self.react(content)}))
        return widget

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        """The widget, and where there is none, its page."""
        found = self.widget()._repr_mimebundle_()
        bundle = dict(found[0] if isinstance(found, tuple) else found)
        bundle["text/html"] = f'{style_block()}<div class="sk">{self.page()}</div>'
        bundle["text/plain"] = repr(self)
        return bundle


def _answers_in(action: Mapping[str, Any]) -> dict[str, str | bool]:
    """What was filled in: texts, and ticks that are there or not."""
    answers = action.get("answers", {})
    if not isinstance(answers, Mapping) or not all(isinstance(one, (str, bool)) for one in answers.values()):
        raise InputError(Problem("What was filled in are no texts and ticks by name."))
    return {str(name): value for name, value in answers.items()}
