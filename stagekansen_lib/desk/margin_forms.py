"""``choose_margins``: which count to weight to, as a form of ordinary lists and buttons in a notebook."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Any

from stagekansen_lib.desk.margin_choices import OWN, MarginChoice
from stagekansen_lib.desk.margin_parts import LEFT_OUT, Part
from stagekansen_lib.desk.weight_pictures import weights_picture
from stagekansen_lib.errors import StagekansenError
from stagekansen_lib.project.extras import needs
from stagekansen_lib.surveys.surveys import Survey
from stagekansen_lib.views.keys import keys_stay_inside
from stagekansen_lib.wording import number_text, problem_lines, say

__all__ = ["MarginForm", "choose_margins"]

_UNDECIDED = ""


class MarginForm(MarginChoice):
    """``MarginChoice`` that a notebook shows. ``weighted`` is the weighted survey, for the cells that follow."""

    def widget(self) -> Any:
        """The form; what it says is made anew after every choice."""
        return _Form(self).box

    def picture(self) -> str:
        """What the weights do, as HTML; empty before."""
        return weights_picture(self.report, self.language) if self.report is not None else ""

    def __repr__(self) -> str:
        return "\n".join([self.sentence(), *self.open_points])

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        bundle: Any = self.widget()._repr_mimebundle_()
        data = dict(bundle[0] if isinstance(bundle, tuple) else bundle)
        # For whoever has no widgets, such as a notebook turned into a PDF.
        return {**data, "text/plain": repr(self), "text/html": self.picture() or f"<p>{escape(repr(self))}</p>"}


class _Form:
    """The widgets on the state of a form."""

    def __init__(self, form: MarginForm) -> None:
        with needs("pages"):
            import ipywidgets as widgets

        self.form, self.widgets = form, widgets
        tables = [(self._word("choose"), ""), *((title, name) for name, title in form.tables)]
        self.table = self._list("table", [*tables, (self._word("own_count"), OWN)], form.table)
        self.table.observe(self._told(self._choose), names="value")
        self.own = self._own_box()
        self.parts, self.said, self.picture = widgets.VBox(), widgets.HTML(), widgets.HTML()
        buttons = [self._button(name, act) for name, act in (("weigh", form.weigh), ("keep", form.keep))]
        buttons.append(self._button("forget", form.forget))
        self._draw_parts()
        self._say()
        self.box = widgets.VBox(
            [keys_stay_inside(), self.table, self.own, self.parts, widgets.HBox(buttons), self.said, self.picture]
        )

    def _word(self, key: str, **values: Any) -> str:
        return say(f"margin_form.{key}", self.form.language, **values)

    def _list(self, label: str, options: list[tuple[str, Any]], value: Any, **values: Any) -> Any:
        return self.widgets.Dropdown(
            options=options,
            value=value,
            description=self._word(label, **values),
            style={"description_width": "18rem"},
            layout=self.widgets.Layout(width="100%", max_width="52rem"),
        )

    def _button(self, key: str, act: Callable[[], Any]) -> Any:
        button = self.widgets.Button(description=self._word(key), layout=self.widgets.Layout(width="auto"))
        button.on_click(self._told(lambda _: act(), done=f"{key}_done"))
        return button

    def _own_box(self) -> Any:
        from stagekansen_lib.registers.reading import read_registers

        wide = {"style": {"description_width": "18rem"}, "layout": self.widgets.Layout(width="100%", max_width="52rem")}
        # A box tells what was written when it is left: the button after it then cannot be heard before the last letter.
        wide["continuous_update"] = False
        given = self.form.own
        text = self.widgets.Textarea(
            value=given.get("text", ""),
            description=self._word("paste"),
            rows=6,
            placeholder=self._word("example"),
            **wide,
        )
        known = sorted((f"{one.title} ({one.id})", one.id) for one in read_registers().sources)
        sources = [(self._word("no_source"), ""), *known]
        source = self._list("source", sources, given.get("source", ""))
        date = self.widgets.Text(value=given.get("date", ""), description=self._word("date"), **wide)
        button = self.widgets.Button(description=self._word("read"), layout=self.widgets.Layout(width="auto"))

        def read(_: Any) -> None:
            self.form.paste(text.value, source=source.value, date=date.value)
            self._draw_parts()

        button.on_click(self._told(read))
        box = self.widgets.VBox([text, source, date, self.widgets.HBox([button])])
        box.layout.display = "" if self.form.table == OWN else "none"
        return box

    def _told(self, act: Callable[[Any], Any], done: str = "") -> Callable[[Any], None]:
        """What an action does, and then what is open or wrong."""

        def acted(change: Any) -> None:
            try:
                act(change)
            except StagekansenError as failure:
                self._say(problem_lines(failure, self.form.language))
            else:
                self._say([self._word(done)] if done else [])

        return acted

    def _say(self, lines: list[str] | None = None) -> None:
        self.picture.value = self.form.picture()
        left_out = self.form.left_out()
        told = [*(lines or []), self.form.sentence()]
        if left_out and self.form.report is not None:
            told.append(self._word("left_out", names="; ".join(left_out)))
        points = "".join(f"<li>{escape(line)}</li>" for line in self.form.open_points) if not lines else ""
        paragraphs = "".join(f"<p>{escape(line)}</p>" for line in told)
        self.said.value = f'<div role="status">{paragraphs}{f"<ul>{points}</ul>" if points else ""}</div>'

    def _choose(self, change: Any) -> None:
        self.own.layout.display = "" if change["new"] == OWN else "none"
        self.form._begin()
        try:
            if change["new"] not in ("", OWN):
                self.form.choose(change["new"])
        finally:
            self._draw_parts()

    # A count beside a question

    def _draw_parts(self) -> None:
        self.parts.children = [one for place, part in enumerate(self.form.parts) for one in self._part(place, part)]

    def _part(self, place: int, part: Part) -> list[Any]:
        counted = ", ".join(
            f"{one.label(self.form.language)} {number_text(one.count, self.form.language)}" for one in part.categories
        )
        told = self.widgets.HTML(f"<h4>{escape(part.name)}</h4><p>{escape(counted)}</p>")
        offered = [(self._word("no_question"), ""), *((label, name) for name, label in self.form.variables)]
        question = self._list("question", offered, part.variable)
        rest = self.widgets.VBox()

        def changed(change: Any) -> None:
            self.form.lay_beside(place, change["new"])
            rest.children = self._answers(place, part, rest)

        question.observe(self._told(changed), names="value")
        rest.children = self._answers(place, part, rest)
        return [told, question, rest]

    def _answers(self, place: int, part: Part, rest: Any) -> list[Any]:
        if not part.variable:
            return []
        language = self.form.language
        categories = [(one.label(language), at) for at, one in enumerate(part.categories)]
        rows = []
        for code in part.answers(self.form.survey):
            chosen = self._list(
                "answer", [(self._word("undecided"), _UNDECIDED), *categories], part.places.get(code.code, _UNDECIDED),
                answer=code.label(language),
            )  # fmt: skip
            chosen.observe(self._told(self._putting(place, code.code, part, rest)), names="value")
            rows.append(chosen)
        return [*rows, self._leftovers(place, part), *self._missing(place, part)]

    def _putting(self, place: int, answer: Any, part: Part, rest: Any) -> Callable[[Any], None]:
        def changed(change: Any) -> None:
            self.form.put(place, answer, _decided(change["new"]))
            # The lists before stay the same widgets, so that the focus stays where it is.
            before = list(rest.children)
            at = len(part.answers(self.form.survey))
            rest.children = [*before[:at], self._leftovers(place, part), *before[at + 1 :]]

        return changed

    def _leftovers(self, place: int, part: Part) -> Any:
        """The categories that no answer belongs to: each added to another one or left out."""
        language, used = self.form.language, sorted(set(part.places.values()))
        rows = []
        for at in part.unused() if used else []:
            into = [(self._word("add_to", name=part.categories[one].label(language)), one) for one in used]
            options = [(self._word("undecided"), _UNDECIDED), *into, (self._word("leave_out"), LEFT_OUT)]
            value = part.joined.get(at, _UNDECIDED)
            chosen = self._list("unused", options, value, category=part.categories[at].label(language))
            chosen.observe(self._told(self._joining(place, at)), names="value")
            rows.append(chosen)
        return self.widgets.VBox(rows)

    def _joining(self, place: int, category: int) -> Callable[[Any], None]:
        return lambda change: self.form.join(place, category, _decided(change["new"]))

    def _missing(self, place: int, part: Part) -> list[Any]:
        lacking = part.without_answer(self.form.survey)
        if not lacking:
            return []
        options = [(self._word("undecided"), False), (self._word("own_group"), True)]
        n = number_text(lacking, self.form.language)
        chosen = self._list("missing", options, part.own_group, n=n)
        chosen.observe(
            self._told(lambda change: self.form.make_own_group(place, own=change["new"])), names="value"
        )  # fmt: skip
        return [chosen]


def _decided(value: Any) -> int | None:
    return None if value == _UNDECIDED else int(value)


def choose_margins(survey: Survey, margins: str | None = None, *, language: str | None = None) -> MarginForm:
    """A form that lays a count beside the answers and weights to it, for JupyterLab: no code, by keyboard.

    Choose the count, or paste one; say which question it is about, which answer belongs to which category, and whether
    people without an answer are a group of their own. *Weigh* shows what the weights do; *keep* makes every notebook
    weight like that.

    Parameters
    ----------
    survey : the survey.
    margins : name of the count to begin with, as ``read_margins`` takes it. A choice that was kept goes first.
    language : "nl" or "en"; the default follows ``wording.chosen_language``.

    Returns
    -------
    MarginForm : ``weighted`` is the weighted survey, at once where the count fits the answers as it is, else None until
        everything was said.

    Raises
    ------
    InputError : there are no such margins, or they count several questions together.

    Notes
    -----
    People without an answer get, as a group, the share that they have among the answers; the other groups share the
    rest as the count does. So their weight stays one on average: the count says nothing about them.

    Examples
    --------
    >>> import stagekansen_lib as sk
    >>> form = choose_margins(sk.read_survey("example_2022"), "students_haaglanden_2019", language="en")
    >>> form
    Weighted. 324 answers are worth 322 after weighting (design effect 1.01).
    """
    form = MarginForm(survey, margins, language)
    if form.parts and not form.open_points:
        form.weigh()
    return form
