"""``stagekansen intervention``: a file to fill in for a new one, and a check of the register with what git proves."""

from __future__ import annotations

import argparse

from stagekansen_lib.cli.exits import Exit
from stagekansen_lib.cli.words import Words, text
from stagekansen_lib.project.paths import project_path
from stagekansen_lib.wording import chosen_language

__all__ = ["add_interventions"]


def add_interventions(words: Words) -> None:
    intervention = words.group("intervention")
    word = intervention.add("new", _new)
    word.add("name")
    word = intervention.add("check", _check)
    word.add("name", nargs="?", default="")


def _new(options: argparse.Namespace) -> Exit:
    from stagekansen_lib.effects.intervention_files import new_intervention

    print(text("intervention_new", place=project_path(new_intervention(options.name)), name=options.name))
    return Exit.WELL


def _check(options: argparse.Namespace) -> Exit:
    from stagekansen_lib.effects.intervention_files import proof_of, read_intervention, read_interventions
    from stagekansen_lib.effects.interventions import intervention_rows

    language, borne_out = chosen_language(), True
    every = [read_intervention(options.name)] if options.name else read_interventions()
    for one in every:
        good, told = proof_of(one)
        borne_out = borne_out and good
        print(f"{one.id}: {one.name(language)}")
        for head, line in intervention_rows(one, language):
            print(f"  {head}: {line}")
        print(f"  {told}")
    print(text("interventions_checked", count=len(every)))
    return Exit.WELL if borne_out else Exit.FOUND
