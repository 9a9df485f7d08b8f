"""The choice between releases on a page that is about one: the first has the address of the page, others their own."""

from __future__ import annotations

from dataclasses import dataclass

from stagekansen_lib.project.places import page_address
from stagekansen_lib.releases.reading import Release
from stagekansen_lib.releases.shown import PAGES_OF_A_RELEASE, about_release, releases_beside, releases_to_choose
from stagekansen_lib.wording import Language

__all__ = ["ReleaseChoice", "page_of_release", "release_choices"]


@dataclass(frozen=True)
class ReleaseChoice:
    """A release to choose: the address of its page, how it is called, and whether a reader is there already."""

    address: str
    label: str
    current: bool


def page_of_release(page: str, release: str) -> str:
    """The address of a page about a release, such as "verkenner" or, for another than the first, "verkenner-2022"."""
    first = releases_to_choose(with_index=PAGES_OF_A_RELEASE[page])[0]
    address = page_address(page)
    return address if release == first else f"{address}-{release}"


def release_choices(release: Release, page: str, language: Language) -> list[ReleaseChoice]:
    """The releases between which a reader of this page can choose; none where there is no other.

    A release is called by the title that the place gives it, else by its wave, else by its name.
    """
    beside = releases_beside(release, with_index=PAGES_OF_A_RELEASE[page])
    waves = [one.wave for one in beside]
    return [
        ReleaseChoice(
            page_of_release(page, one.name),
            about_release(one.name).title.get(language) or (one.wave if waves.count(one.wave) == 1 else "") or one.name,
            one.name == release.name,
        )
        for one in beside
    ]
