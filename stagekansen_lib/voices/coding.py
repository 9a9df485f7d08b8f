"""Several people give codes to the same voices, unseen by each other; then it is seen how far they agree."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

from stagekansen_lib.errors import InputError, Problem, did_you_mean
from stagekansen_lib.monitoring.agreement import krippendorff_alpha
from stagekansen_lib.project.yaml_files import read_yaml_list
from stagekansen_lib.voices.records import Coding, Voice
from stagekansen_lib.voices.stores import change_voices, named, read_voices

if TYPE_CHECKING:
    import pandas as pd

    from stagekansen_lib.monitoring.agreement import Agreement

__all__ = ["VoiceCode", "code_voice", "read_voice_codes", "voice_agreement", "voice_disagreements", "voices_to_code"]


@dataclass(frozen=True)
class VoiceCode:
    """One code: what it means, when it applies and when not, and a made-up example."""

    id: str
    label_nl: str
    label_en: str
    include_nl: str
    include_en: str
    exclude_nl: str
    exclude_en: str
    example_nl: str
    example_en: str

    def text(self, name: str, language: str) -> str:
        """A text of the code in one language."""
        return str(getattr(self, f"{name}_{language}"))


def read_voice_codes(path: Path | None = None) -> dict[str, VoiceCode]:
    """The codes that coders may give, by id.

    Parameters
    ----------
    path : another file of the same form; the codebook of the project when left out.

    Raises
    ------
    InputError : a code lacks a text, or stands there twice.

    >>> list(read_voice_codes())[:2]
    ['no_reply', 'told_ground']
    """
    place = path or Path(__file__).with_name("codes.yaml")
    try:
        codes = [VoiceCode(**entry) for entry in read_yaml_list(place)]
    except TypeError:
        do = "Each needs an id, and label, include, exclude and example in _nl and _en."
        raise InputError(Problem("A code lacks a text, or has one too many.", place.name, do)) from None
    if len({code.id for code in codes}) < len(codes):
        raise InputError(Problem("Two codes have one id.", place.name, "Give each its own."))
    return {code.id: code for code in codes}


def voices_to_code(coder: str) -> list[Voice]:
    """The voices that a coder has not coded yet, in random order, without the codes of others."""
    return [
        voice.model_copy(update={"codings": (), "checks": ()})
        for voice in read_voices().values()
        if coder not in {coding.coder for coding in voice.codings}
    ]


def code_voice(name: str, codes: list[str] | tuple[str, ...], *, coder: str) -> None:
    """Write down which codes a coder gives to a voice; an earlier coding of the same coder makes way.

    Parameters
    ----------
    name : id of the voice, or its first signs.
    codes : ids of ``read_voice_codes``; none when no code fits.
    coder : initials or pseudonym of the coder.

    Raises
    ------
    InputError : no such voice or code.

    Examples
    --------
    >>> import stagekansen_lib as sk
    >>> from stagekansen_lib.voices.practising import practice
    >>> with practice() as names:
    ...     sk.code_voice(names[0], ["no_reply"], coder="an")
    ...     sk.read_voices()[names[0]].codings[0].codes
    ('no_reply',)
    """
    known = read_voice_codes()
    wrong = [code for code in codes if code not in known]
    problems = [Problem(f"'{code}' is no code.", "codes", did_you_mean(code, list(known))) for code in wrong]
    if problems:
        raise InputError(problems)
    coding = Coding.model_validate({"coder": coder, "codes": tuple(sorted(set(codes)))})
    with change_voices("code a voice") as voices:
        voice = voices[named(name, voices)]
        others = tuple(one for one in voice.codings if one.coder != coder)
        voices[voice.id] = voice.model_copy(update={"codings": (*others, coding)})


def voice_agreement(*, bootstrap: int = 1000, seed: int = 1) -> pd.DataFrame:
    """How far coders agree on each code: Krippendorff's alpha with an interval.

    Parameters
    ----------
    bootstrap : how many times voices are drawn again for the interval; 0 for none.
    seed : a whole number, of the drawing.

    Returns
    -------
    DataFrame : ``code``, ``alpha``, ``low`` and ``high`` (95%), ``voices`` coded by two or more, ``given`` how often
        the code was given in these. Alpha is missing when all coders always said the same of a code: agreement cannot
        be told from a habit then.

    Raises
    ------
    InputError : no voice was coded by two people.

    Notes
    -----
    Each code is a yes or no for each coder (nominal); see ``krippendorff_alpha``, which was checked against
    Krippendorff (2011). A voice that one person coded adds nothing.

    Examples
    --------
    >>> import stagekansen_lib as sk
    >>> from stagekansen_lib.voices.practising import practice
    >>> with practice() as names:
    ...     for coder in ("an", "bo"):
    ...         sk.code_voice(names[0], ["no_reply"], coder=coder)
    ...         sk.code_voice(names[1], ["helped"], coder=coder)
    ...     float(sk.voice_agreement(bootstrap=0).alpha.max())
    1.0
    """
    import pandas as pd

    coded = _coded_twice()
    coders = sorted({coding.coder for voice in coded for coding in voice.codings})
    rows = []
    for code in read_voice_codes():
        given = [{one.coder: float(code in one.codes) for one in voice.codings} for voice in coded]
        frame = pd.DataFrame([[line.get(coder, math.nan) for coder in coders] for line in given], columns=coders)
        alpha = cast("Agreement", krippendorff_alpha(frame, bootstrap=bootstrap, seed=seed))
        low, high = (math.nan, math.nan) if math.isnan(alpha) else alpha.interval
        times = int(sum(sum(line.values()) for line in given))
        rows.append({"code": code, "alpha": float(alpha), "low": low, "high": high, "voices": len(coded),
                     "given": times})  # fmt: skip
    return pd.DataFrame(rows)


def _coded_twice() -> list[Voice]:
    coded = [voice for voice in read_voices().values() if len(voice.codings) > 1]
    if not coded:
        raise InputError(Problem("No voice was coded by two people.", do="Let two people code the same voices."))
    return coded


def voice_disagreements() -> pd.DataFrame:
    """Where coders said different things, to talk about.

    Returns
    -------
    DataFrame : ``voice``, ``code``, ``yes`` and ``no``: the coders who gave the code and those who did not.

    Raises
    ------
    InputError : no voice was coded by two people.

    Examples
    --------
    >>> import stagekansen_lib as sk
    >>> from stagekansen_lib.voices.practising import practice
    >>> with practice() as names:
    ...     sk.code_voice(names[0], ["no_reply"], coder="an")
    ...     sk.code_voice(names[0], [], coder="bo")
    ...     sk.voice_disagreements()[["code", "yes", "no"]].to_numpy().tolist()
    [['no_reply', 'an', 'bo']]
    """
    import pandas as pd

    rows = []
    for voice in _coded_twice():
        for code in sorted({code for coding in voice.codings for code in coding.codes}):
            yes = [one.coder for one in voice.codings if code in one.codes]
            no = [one.coder for one in voice.codings if code not in one.codes]
            if no:
                rows.append({"voice": voice.id, "code": code, "yes": ", ".join(yes), "no": ", ".join(no)})
    return pd.DataFrame(rows, columns=["voice", "code", "yes", "no"])
