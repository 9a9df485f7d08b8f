"""The explorer in Shiny for Python: one choice, a sentence, a picture with intervals, the same numbers as a table."""

from __future__ import annotations

import matplotlib
import pandas as pd
from release_tables import TITLES, shown

matplotlib.use("Agg")
import matplotlib.pyplot as plt
from shiny import App, render, ui

page = ui.page_fluid(
    ui.input_select("choice", "Uitkomst", TITLES),
    ui.h2(ui.output_text("title")),
    ui.output_plot("picture"),
    ui.output_table("numbers"),
    title="Verkenner",
    lang="nl",
)


def server(input, output, session):  # noqa: A002, ARG001
    @render.text
    def title():
        return TITLES[input.choice()]

    @render.plot
    def picture():
        rows = pd.DataFrame(shown(input.choice()))
        for column in ("schatting", "van", "tot"):
            rows[column] = pd.to_numeric(rows[column], errors="coerce")
        figure, axes = plt.subplots()
        names = rows["groep"] + " " + rows["antwoord"]
        axes.barh(names, rows["schatting"])
        axes.hlines(range(len(rows)), rows["van"], rows["tot"], color="black")
        return figure

    @render.table
    def numbers():
        return pd.DataFrame(shown(input.choice()))


app = App(page, server)
