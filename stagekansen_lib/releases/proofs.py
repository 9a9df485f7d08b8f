"""``prove_release``: what an outsider can recompute from a published folder alone, and what nobody can."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stagekansen_lib.errors import StagekansenError
from stagekansen_lib.releases.proof_steps import STEPS, Said
from stagekansen_lib.releases.seen_releases import SeenRelease, see_release
from stagekansen_lib.wording import LANGUAGES, Language, chosen_language, say, say_all

__all__ = ["ProofStep", "ReleaseProof", "prove_release", "told_by"]

# What a file that is no release any more makes of reading it.
_UNREADABLE = (KeyError, IndexError, TypeError, ValueError, AttributeError, OSError, StagekansenError)


@dataclass(frozen=True)
class ProofStep:
    """One step of a proof: its name, what speaks against the release, and what else there is to know."""

    name: str
    against: tuple[Said, ...]
    notes: tuple[Said, ...]

    @property
    def proven(self) -> bool:
        return not self.against

    def title(self, language: Language) -> str:
        return say(f"proof.step_{self.name}", language)

    def told(self, language: Language) -> Iterator[tuple[bool, str]]:
        """Each thing found as (speaks against it, text)."""
        for one in (*self.against, *self.notes):
            yield one.wrong, say(f"proof.{'is' if one.wrong else 'note'}_{one.key}", language, **one.values)


@dataclass(frozen=True)
class ReleaseProof:
    """What was recomputed of a release, and what that proves.

    Parameters
    ----------
    release : its name. ``seal`` : the sha256 of its ``release.json``. ``steps`` : what was recomputed, in order.
    synthetic, self_selected : as the release says. ``inputs`` : sha256 of the files that it was made from, by name.
    """

    release: str
    seal: str
    steps: tuple[ProofStep, ...]
    synthetic: bool
    self_selected: bool
    inputs: tuple[tuple[str, str], ...]

    @property
    def proven(self) -> bool:
        """Nothing that was recomputed speaks against the release."""
        return all(step.proven for step in self.steps)

    def sentence(self, language: Language | None = None) -> str:
        """The outcome in a few words."""
        wrong = [step for step in self.steps if not step.proven]
        key = "proof.not_proven" if wrong else "proof.proven"
        return say(key, chosen_language(language), count=len(self.steps), wrong=len(wrong), name=self.release)

    def proves(self, language: Language | None = None) -> list[str]:
        """What it means when nothing speaks against the release."""
        return say_all("proof.proves", chosen_language(language))

    def proves_not(self, language: Language | None = None) -> list[str]:
        """What no outsider can see from the folder."""
        chosen = chosen_language(language)
        parts = [("self_selected", self.self_selected), ("synthetic", self.synthetic)]
        return [*say_all("proof.proves_not", chosen), *(say(f"proof.{key}", chosen) for key, told in parts if told)]

    def content(self) -> dict[str, Any]:
        """The proof as JSON takes it, in both languages."""
        steps = [
            {
                "step": step.name,
                "proven": step.proven,
                **{f"title_{language}": step.title(language) for language in LANGUAGES},
                **{f"against_{language}": _texts(step, language, wrong=True) for language in LANGUAGES},
                **{f"notes_{language}": _texts(step, language, wrong=False) for language in LANGUAGES},
            }
            for step in self.steps
        ]
        return {
            "release": self.release,
            "seal": self.seal,
            "proven": self.proven,
            **{f"sentence_{language}": self.sentence(language) for language in LANGUAGES},
            "steps": steps,
            **{f"proves_{language}": self.proves(language) for language in LANGUAGES},
            **{f"proves_not_{language}": self.proves_not(language) for language in LANGUAGES},
            "inputs": dict(self.inputs),
        }


def _texts(step: ProofStep, language: Language, *, wrong: bool) -> list[str]:
    return [told for against, told in step.told(language) if against is wrong]


def prove_release(release: str | Path, *, folder: Path | None = None, seal: str = "") -> ReleaseProof:
    """Recompute of a published release what can be recomputed from its folder alone.

    Parameters
    ----------
    release : path of the folder of a release, or the name of one.
    folder : folder that holds the folder of the release; when left out, ``release`` itself may be a path, and a name is
        looked for in ``data/published``.
    seal : the seal that somebody else wrote down, as 64 hexadecimal digits; compared when given.

    Returns
    -------
    ReleaseProof : ``steps`` with what was found in each, ``proven``, ``sentence()``, ``proves()``, ``proves_not()`` and
    ``content()`` for JSON.

    Raises
    ------
    InputError : there is no such folder, or it holds no release.json that can be read.

    Notes
    -----
    Recomputed are: the sha256 of every file; the seals of this release and of those before it that lie beside it; that
    two people, a wave and the software are named; that rules and declared tables are those that it was made with; that
    the registers hold its sources; that the Data Package describes these bytes; figures against intervals, marks, bases
    and the grid of rounding; and all attacks, on these bytes and every release beside them, compared with the report
    that is in the folder. A release is never changed by it.

    Examples
    --------
    >>> proof = prove_release("example-2022")
    >>> proof.proven, proof.sentence("en")
    (True, '10 steps recomputed: nothing speaks against example-2022.')
    """
    seen = see_release(release, folder)
    steps = tuple(_step(one.__name__, list(told_by(one, seen))) for one in STEPS)
    if seal and seal.strip().lower() != seen.seal:
        place = next(place for place, step in enumerate(steps) if step.name == "seals")
        added = _step("seals", [*steps[place].against, *steps[place].notes, Said("other_seal")])
        steps = (*steps[:place], added, *steps[place + 1 :])
    return ReleaseProof(
        str(seen.facts.get("name", seen.place.name)),
        seen.seal,
        steps,
        bool(seen.facts.get("synthetic")),
        bool(seen.facts.get("self_selected")),
        _inputs(seen),
    )


def told_by(step: Callable[[SeenRelease], Iterator[Said]], seen: SeenRelease) -> Iterator[Said]:
    """What a step finds; that it cannot go on is found as well."""
    try:
        yield from step(seen)
    except _UNREADABLE:
        # Which part cannot be read is enough: what stands in a file of a stranger is not repeated.
        yield Said("unreadable")


def _step(name: str, said: list[Said]) -> ProofStep:
    return ProofStep(name, tuple(one for one in said if one.wrong), tuple(one for one in said if not one.wrong))


def _inputs(seen: SeenRelease) -> tuple[tuple[str, str], ...]:
    told = seen.facts.get("fingerprints")
    data = told.get("data") if isinstance(told, dict) else None
    return tuple((str(name), str(sha)) for name, sha in data.items()) if isinstance(data, dict) else ()
