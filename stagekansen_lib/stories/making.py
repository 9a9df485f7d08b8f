"""Cards and posters as files: an edition and a language each, the same bytes from the same registers and release."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from stagekansen_lib.documents.deck_pages import deck_page
from stagekansen_lib.documents.decks import Deck, Poster, Posters, deck_pdf, posters_pdf
from stagekansen_lib.errors import InputError, Problem, did_you_mean
from stagekansen_lib.project.paths import project_folder
from stagekansen_lib.registers.reading import read_registers
from stagekansen_lib.releases.reading import read_release
from stagekansen_lib.releases.shown import release_to_show
from stagekansen_lib.stories.parts import Beside, card_of, desk_of, page_url
from stagekansen_lib.stories.telling import EDITIONS, read_posters, read_stories
from stagekansen_lib.wording import LANGUAGES, Language, chosen_language, say_all

__all__ = ["CARD_FORMS", "story_cards", "story_posters", "write_story_cards", "write_story_posters"]

CARD_FORMS = ("html", "pdf")


def story_cards(
    edition: str,
    *,
    release: str | None = None,
    language: str | None = None,
    address: str = "",
    folder: Path | None = None,
) -> Deck:
    """The cards of one edition: statements to talk about, each with a figure or a voice and where to go.

    The statements stand in ``data/place/stories.yaml``; figures, voices, reporting points and tools come from the
    registers and the release. Nothing that is unknown stands on a card.

    Parameters
    ----------
    edition : "student", "education" or "employer".
    release : name of a folder of releases; the first that the pages show when left out. A card whose figure comes from
        a release of made-up answers says so itself.
    language : "nl" or "en"; the default follows ``wording.chosen_language``.
    address : where the public pages stand, such as "https://kansen.example"; without it a card names a page only.
    folder : folder that holds the folders of releases; ``data/published`` when left out.

    Returns
    -------
    Deck : the cards in the order of the file, with how the game goes.

    Raises
    ------
    InputError : no such edition or release; the address is none; or a card names what is not in the registers.
    RefusedError : a file of the release was changed.

    Examples
    --------
    >>> deck = story_cards("student", release="example-2022", language="en")
    >>> deck.cards[1].statement
    'Discrimination around an internship hardly ever happens.'
    >>> deck.cards[1].parts[0].text
    '10% (1 in 10): Experienced internship discrimination, school-based mbo'
    """
    if edition not in EDITIONS:
        raise InputError(Problem(f"There is no edition '{edition}'.", do=did_you_mean(edition, EDITIONS)))
    beside = _beside(release, language, address, folder)
    stories = [story for story in read_stories(beside.registers) if edition in story.editions]
    cards = [card for card in (card_of(story, edition, beside) for story in stories) if card]
    words = {key: beside.say(key) for key in ("previous", "next", "position", "keys", "begin")}
    return Deck(
        title=beside.say("title", edition=beside.say(f"edition_{edition}")),
        subtitle=beside.say("subtitle"),
        language=beside.language,
        rules=tuple(say_all("stories.rule", beside.language)),
        cards=tuple(cards),
        cutting=beside.say("cutting"),
        words=words,
        author=beside.registers.maintainer.name,
    )


def story_posters(
    *,
    release: str | None = None,
    language: str | None = None,
    address: str = "",
    folder: Path | None = None,
) -> Posters:
    """A poster for each voice that ``data/place/stories.yaml`` names, with a code that a phone reads.

    Parameters
    ----------
    release, language, folder : as for ``story_cards``; its day decides which checks of a
        reporting point are too old.
    address : where the public pages stand; the code then leads to their page of reporting points. Without it the code
        leads to the national reporting point of the register.

    Returns
    -------
    Posters : in the order of the file.

    Raises
    ------
    InputError : no such release; the address is none; a voice is not in the register; or there is no address at all
        that a code could lead to.
    RefusedError : a file of the release was changed.

    Examples
    --------
    >>> made = story_posters(release="example-2022", language="en")
    >>> made.posters[0].text, made.posters[0].address
    ('Not sure whether it was discrimination, but suspects that their name works against them.', 'https://discriminatie.nl')
    """
    beside = _beside(release, language, address, folder)
    voices, page = read_posters(beside.registers)
    desk = beside.points.get(beside.registers.routing.fallback)
    contact, web = desk_of(desk) if desk else ("", "")
    leads_to = page_url(page, beside) or web
    if not leads_to:
        raise InputError(Problem("There is no address for the code of a poster.", do="Give it with --address."))
    small = [beside.say("voice_small", source=_sources(name, beside)) for name in voices]
    unchecked = beside.say("unchecked") if desk and desk.outdated else ""
    posters = [
        Poster(
            lead=beside.say("voice"),
            text=beside.registers.voices[name].heading(beside.language),
            call=beside.say("call"),
            contact=contact,
            small=" ".join(filter(None, (unchecked, told))),
            address=leads_to,
            address_alt=beside.say("code", address=leads_to),
        )
        for name, told in zip(voices, small, strict=True)
    ]
    return Posters(beside.say("posters"), beside.language, tuple(posters), beside.registers.maintainer.name)


def write_story_cards(
    editions: Sequence[str] = EDITIONS,
    *,
    release: str | None = None,
    into: Path | None = None,
    forms: Sequence[str] = CARD_FORMS,
    languages: Sequence[Language] = LANGUAGES,
    address: str = "",
    folder: Path | None = None,
) -> tuple[Path, ...]:
    """Write the cards of editions in each form and language; gives the files.

    Parameters
    ----------
    editions : of "student", "education" and "employer".
    release, address, folder : as for ``story_cards``.
    into : folder to write in; ``stories`` in the project when left out. What stands there under the same name is
        replaced.
    forms : "html" for a screen in a meeting, "pdf" (PDF/UA-1) to cut: four cards of A6 on A4.
    languages : "nl" and "en".

    Returns
    -------
    tuple of Path : ``cards-EDITION.LANGUAGE.FORM``; all or none are written.

    Raises
    ------
    InputError : as for ``story_cards``, or no such form.
    RefusedError : a file of the release was changed.
    MissingExtraError : a package of the extra "documents" is not installed.
    StagekansenError : a card holds more than fits on A6.

    Examples
    --------
    >>> import tempfile
    >>> made = write_story_cards(["student"], release="example-2022", into=Path(tempfile.mkdtemp()), forms=["html"])
    >>> [path.name for path in made]
    ['cards-student.nl.html', 'cards-student.en.html']
    """
    for form in forms:
        if form not in CARD_FORMS:
            raise InputError(Problem(f"Cards have no form '{form}'.", do=did_you_mean(form, CARD_FORMS)))
    files = {}
    for edition in editions:
        for language in languages:
            deck = story_cards(edition, release=release, language=language, address=address, folder=folder)
            for form in forms:
                content = deck_page(deck).encode() if form == "html" else deck_pdf(deck)
                files[f"cards-{edition}.{language}.{form}"] = content
    return _written(files, into)


def write_story_posters(
    *,
    release: str | None = None,
    into: Path | None = None,
    languages: Sequence[Language] = LANGUAGES,
    address: str = "",
    folder: Path | None = None,
) -> tuple[Path, ...]:
    """Write the posters as PDF of A3, one a page; gives the files.

    Parameters
    ----------
    release, address, folder : as for ``story_posters``.
    into, languages : as for ``write_story_cards``.

    Returns
    -------
    tuple of Path : ``posters.LANGUAGE.pdf``.

    Raises
    ------
    InputError : as for ``story_posters``.
    RefusedError : a file of the release was changed.
    MissingExtraError : a package of the extra "documents" is not installed.
    StagekansenError : a voice is too long for a poster.

    Examples
    --------
    >>> import tempfile
    >>> made = write_story_posters(release="example-2022", into=Path(tempfile.mkdtemp()), languages=["en"])
    >>> [path.name for path in made]
    ['posters.en.pdf']
    """
    files = {}
    for language in languages:
        posters = story_posters(release=release, language=language, address=address, folder=folder)
        files[f"posters.{language}.pdf"] = posters_pdf(posters)
    return _written(files, into)


def _beside(release: str | None, language: str | None, address: str, folder: Path | None) -> Beside:
    if address and not (urlsplit(address).scheme in ("http", "https") and urlsplit(address).netloc):
        raise InputError(Problem("That is no address of pages.", do="Give it whole, as https://kansen.example."))
    found = read_release(release_to_show(release) if folder is None else str(release), folder=folder)
    return Beside(found, read_registers(found.registers), chosen_language(language), address)


def _sources(voice: str, beside: Beside) -> str:
    return "; ".join(beside.registers.sources[one].title for one in beside.registers.voices[voice].source_ids)


def _written(files: dict[str, bytes], into: Path | None) -> tuple[Path, ...]:
    folder = into or project_folder("stories")
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return tuple(folder / name for name in files)
