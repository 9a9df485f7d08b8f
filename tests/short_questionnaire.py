"""A short questionnaire with every kind of question."""

from __future__ import annotations

from stagekansen_lib.surveys.codebook_files import read_conditions
from stagekansen_lib.surveys.codebooks import Code, Codebook, Variable

YES_NO = (Code("ja", "Ja", "Yes"), Code("nee", "Nee", "No"))
SCALE = tuple(Code(at, f"stap {at}", f"step {at}") for at in range(1, 6))


def short() -> Codebook:
    """A questionnaire with every kind of question, in which some are asked of some."""
    variables = (
        Variable("consent", "nominal", "Doe je mee?", "Do you take part?", YES_NO, privacy="consent", accept=("ja",)),
        Variable("filled_in", "date", "Ingevuld op", "Filled in on"),
        Variable("level", "nominal", "Niveau", "Level", (Code(1, "mbo", "mbo"), Code(2, "hbo", "hbo"))),
        Variable(
            "met", "nominal", "Discriminatie meegemaakt", "Experienced discrimination",
            (*YES_NO, Code("x", "Zeg ik liever niet", "Prefer not to say", missing="prefer_not_to_say")),
            privacy="sensitive",
        ),
        Variable(
            "where", "multiple", "Waar?", "Where?",
            (Code(1, "school", "school"), Code(2, "stage", "work"), Code(9, "nergens", "nowhere", exclusive=True)),
            only_if=read_conditions("met=ja"), privacy="sensitive",
        ),
        Variable("difficulty", "ordinal", "Moeite", "Difficulty", SCALE),
        Variable("letters", "count", "Aantal brieven", "Number of letters", minimum=0, maximum=60),
        Variable("mark", "number", "Cijfer", "Mark", minimum=1, maximum=10),
        Variable("story", "open", "Vertel", "Tell"),
        Variable("thanks", "info", "Dank je", "Thank you"),
    )  # fmt: skip
    return Codebook("short", {one.name: one for one in variables}, "Kort", "Short", "1")
