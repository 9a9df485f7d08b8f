"""Voices: kept apart, coded by several, checked by two, released by rule, withdrawn everywhere. All are made up."""

from __future__ import annotations

import os
import random
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
import yaml

import stagekansen_lib as sk
from stagekansen_lib.attacks.on_files import voices as attack_voices
from stagekansen_lib.cli.__main__ import main
from stagekansen_lib.errors import InputError
from stagekansen_lib.fact_finding.known_facts import KnownFacts
from stagekansen_lib.fact_finding.ledger_rules import read_ledger_rules
from stagekansen_lib.fact_finding.references import parse_reference
from stagekansen_lib.registers.reading import read_registers
from stagekansen_lib.surveys.surveys import Survey
from stagekansen_lib.voices.checking import check_voice, missing_of, voices_waiting
from stagekansen_lib.voices.coding import code_voice, voice_agreement, voice_disagreements, voices_to_code
from stagekansen_lib.voices.collecting import add_voice, replace_words, word_voice
from stagekansen_lib.voices.records import public_id
from stagekansen_lib.voices.registering import with_entries
from stagekansen_lib.voices.releasing import release_voices
from stagekansen_lib.voices.stores import read_marks, read_voice, read_voices, store_folder
from stagekansen_lib.voices.withdrawing import search_withdrawn, withdraw_voice

ROOT = Path(__file__).resolve().parent.parent
needs_posix = pytest.mark.skipif(os.name == "nt", reason="kills and rights of POSIX")
SAID = "Ze keken naar mijn foto en vroegen of ik wel bij hun vaste klanten zou passen."
VOICE: dict[str, Any] = {
    "made_up": True, "words": SAID, "spoken_in": "nl", "step": "kennismaking", "tone": "negative", "added_by": "an",
    "consent": {"level": "paraphrase", "on": "2026-11-01", "how": "written"},
}  # fmt: skip
TEXTS = {"text_nl": "Kreeg de vraag of het uiterlijk klanten zou storen.", "text_en": "Was asked about looks."}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with registers of its own; all else travels with the library."""
    place = tmp_path_factory.mktemp("project")
    shutil.copytree(ROOT / "data" / "registers", place / "data" / "registers")
    return place


@pytest.fixture
def home(project: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The project as it was, whatever the test before did. The time of the file stays too: it is read once for all."""
    path = project / "data" / "registers" / "voices.yaml"
    content, times = path.read_bytes(), path.stat()
    for name in ("raw", "interim", "published"):
        (project / "data" / name).mkdir()
    monkeypatch.setenv("STAGEKANSEN_HOME", str(project))
    yield project
    path.write_bytes(content)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    for left in (project, project / "data"):
        for one in left.iterdir():
            if one.is_dir() and one.name not in ("data", "registers"):
                shutil.rmtree(one)


def added(**changes: Any) -> str:
    return add_voice({**VOICE, **changes})


def ready(**changes: Any) -> str:
    """A voice that may leave."""
    texts = {**TEXTS, **changes.pop("texts", {})}
    name = added(**changes)
    word_voice(name, by="an", **texts)
    for checker in ("bo", "cem"):
        check_voice(name, checker=checker)
    return name


def quoted() -> dict[str, Any]:
    return {"consent": {**VOICE["consent"], "level": "quote"}, "texts": {"form": "quote", "text_nl": SAID}}


def missing(name: str) -> tuple[str, ...]:
    return missing_of(read_voice(name))


def register(home: Path) -> str:
    return (home / "data" / "registers" / "voices.yaml").read_text("utf-8")


def everything(home: Path) -> bytes:
    return b"".join(path.read_bytes() for path in home.rglob("*") if path.is_file())


def test_a_voice_is_kept_where_only_its_owner_reads_and_where_no_page_is_made_from(home: Path) -> None:
    added()
    path = store_folder() / "voices.yaml"
    assert path.is_relative_to(home / "data" / "interim")
    if os.name == "posix":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    ignored = subprocess.run(
        ["git", "check-ignore", "data/interim/voices/voices.yaml"], cwd=ROOT, capture_output=True, check=False
    )
    assert ignored.returncode == 0
    program = f"from stagekansen_lib.project.walls import close_wall; close_wall()\nopen({str(path)!r})"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert "cannot open answers" in done.stderr


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"step": "lunch"}, "no step of the journey"),
        ({"grounds": ["height"]}, "no ground of the register"),
        ({"consent": {"level": "all", "on": "2026-11-01", "how": "written"}}, "consent.level"),
        ({"consent": {"level": "quote", "on": "1 november", "how": "written"}}, "consent.on"),
        ({"speaker": "x"}, "'speaker' is unknown"),
        ({"released": True}, "is given later"),
    ],
)
def test_a_voice_that_says_what_it_may_not_is_refused_and_nothing_is_kept(
    home: Path, changes: dict[str, Any], said: str
) -> None:
    with pytest.raises(InputError, match=said) as refused:
        added(**changes)
    assert SAID not in str(refused.value)
    assert not (home / "data" / "interim" / "voices").exists()


def test_what_is_replaced_is_in_the_log_without_what_stood_there(home: Path) -> None:
    name = added(words="Bij Bouwbedrijf Zandgors zei men niets, en zandgors zweeg daarna weer.")
    assert "gate" in missing(name)
    assert replace_words(name, "Bouwbedrijf Zandgors", "het bedrijf", kind="employer", by="bo") == 1
    assert replace_words(name, "zandgors", "het bedrijf", kind="employer", by="bo") == 1
    assert read_voice(name).words == "Bij het bedrijf zei men niets, en het bedrijf zweeg daarna weer."
    assert "gate" not in missing(name)
    assert [(line.by, line.put, line.times) for line in read_voice(name).log] == [("bo", "het bedrijf", 1)] * 2
    assert b"zandgors" not in everything(home / "data" / "interim").lower()
    with pytest.raises(InputError, match="not in the voice"):
        replace_words(name, "Zandgors", "het bedrijf", kind="employer", by="bo")


@pytest.mark.usefixtures("home")
def test_two_who_did_not_work_on_it_must_find_it_right() -> None:
    name = added()
    word_voice(name, by="dee", **TEXTS)
    for own in ("an", "dee"):
        with pytest.raises(InputError, match="cannot check it"):
            check_voice(name, checker=own)
    check_voice(name, checker="bo")
    check_voice(name, checker="bo")
    assert missing(name) == ("checkers",)
    check_voice(name, checker="cem", right=False, why="de stage is te herkennen")
    assert missing(name) == ("refused", "checkers")
    check_voice(name, checker="cem")
    assert missing(name) == ()


@pytest.mark.usefixtures("home")
def test_other_words_or_another_consent_ask_for_new_checks() -> None:
    name = ready()
    word_voice(name, by="an", text_nl="Werd gevraagd naar uiterlijk.", text_en="Was asked about looks.")
    assert missing(name) == ("checkers",)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"consent": {"level": "analysis", "on": "2026-11-01", "how": "written"}}, "consent"),
        ({"consent": {"level": "paraphrase", "on": "2026-11-01", "until": "2026-11-02", "how": "written"}},
         "consent_ended"),
        ({"consent": {"level": "paraphrase", "on": "2999-01-01", "how": "written"}}, "consent_ended"),
        ({"texts": {"form": "quote", "text_nl": SAID}}, "quote"),
        ({"texts": {"text_nl": "Ze vroegen of ik wel bij hun vaste klanten zou passen."}}, "own_words"),
        ({**quoted(), "texts": {"form": "quote", "text_nl": "Ze wezen mij af om mijn foto."}}, "not_said"),
        ({"texts": {"text_en": "Mevrouw De Bruin asked about looks."}}, "gate"),
        ({"texts": {"text_en": "Mail an@example.org about looks."}}, "gate"),
        ({"texts": {"text_en": ""}}, "words"),
    ],
)  # fmt: skip
def test_what_may_not_leave_says_why_and_nothing_of_it_leaves(home: Path, changes: dict[str, Any], why: str) -> None:
    before = register(home)
    name = ready(**changes)
    assert missing(name) == (why,)
    with pytest.raises(InputError, match="may not leave"):
        release_voices(name)
    assert register(home) == before
    assert read_voice(name).released is False


@pytest.mark.usefixtures("home")
def test_six_words_in_a_row_are_a_quote_and_five_are_not() -> None:
    assert missing(ready(texts={"text_nl": "Hoorde: of ik wel bij hun, en meer."})) == ()
    assert missing(ready(texts={"text_nl": "Hoorde: of ik wel bij hun vaste, en meer."})) == ("own_words",)


def test_a_released_voice_stands_in_the_register_under_a_name_that_tells_nothing(home: Path) -> None:
    before = register(home)
    paraphrase, quote = ready(), ready(**quoted())
    names = release_voices([paraphrase, quote], beside="key_figures:cbs-10")
    voices = read_registers().voices
    assert names == [public_id(paraphrase), public_id(quote)]
    assert voices[names[0]].label_nl == f"Verzonnen, als voorbeeld: {TEXTS['text_nl']}"
    assert voices[names[1]].label_nl == f"Verzonnen, als voorbeeld: “{SAID}”"
    assert [one for one in voices.ids if one in names] == sorted(names)
    after = register(home)
    assert after.replace("voices: 11", "voices: 9").startswith(before)
    assert not any(name[:8] in after for name in (paraphrase, quote))
    assert release_voices(paraphrase) == names[:1]
    assert len(read_registers().voices) == 11


@pytest.mark.usefixtures("home")
def test_a_made_up_voice_proves_nothing_and_a_real_one_is_qualitative() -> None:
    release_voices([ready(), ready(made_up=False)])
    facts = KnownFacts(read_ledger_rules())
    grades = {
        voice.made_up: facts.look_up(parse_reference(f"voices:{public_id(voice.id)}")).grade
        for voice in read_voices().values()
    }
    assert grades == {True: "opinion", False: "qualitative"}


@pytest.mark.usefixtures("home")
def test_a_voice_that_says_otherwise_of_the_same_step_is_released_along() -> None:
    name, other = ready(), ready(tone="positive", words="Het gesprek ging heel gewoon over mijn werk.")
    with pytest.raises(InputError, match=other[:8]):
        release_voices(name)
    ready(tone="positive", step="solliciteren")
    assert len(release_voices([name, other])) == 2


@pytest.mark.usefixtures("home")
def test_a_voice_stands_beside_a_published_figure_only() -> None:
    name = ready()
    for wrong in ("key_figures:nothing", "voices:q01", "https://example.org/figure"):
        with pytest.raises(InputError, match="No voice was released"):
            release_voices(name, beside=wrong)


@pytest.fixture(scope="module")
def survey() -> Survey:
    return sk.read_survey("example_2022")


@pytest.mark.usefixtures("home")
def test_of_a_speaker_two_things_are_told_at_most_and_only_what_ten_share(survey: Survey) -> None:
    counts = survey.rows.groupby(["level", "sex"], observed=True).size()
    many, few = counts[counts >= 10].index[0], counts[counts < 10].index[0]

    def told(pair: Any) -> dict[str, str]:
        return {"level": str(pair[0]), "sex": str(pair[1])}

    name, rare = ready(attributes=told(many)), ready(attributes=told(few))
    assert release_voices(rare) == [public_id(rare)]  # nothing is told of the speaker
    with pytest.raises(InputError, match="Fewer than 10"):
        release_voices(rare, tell=["level", "sex"], survey=survey)
    with pytest.raises(InputError, match="At most 2"):
        release_voices(name, tell=["level", "sex", "school"], survey=survey)
    with pytest.raises(InputError, match="counted first"):
        release_voices(name, tell=["level"])
    release_voices(name, tell=["level", "sex"], survey=survey)
    entry = read_registers().voices[public_id(name)]
    assert len(entry.attributes_nl) == len(entry.attributes_en) == 2
    assert read_registers().voices[public_id(rare)].attributes_nl == ()


def test_the_attack_on_a_release_finds_a_speaker_of_whom_three_things_are_told() -> None:
    def found(told: int) -> list[str]:
        entry = {"id": "v000000000000", "attributes_nl": [f"kenmerk {at}" for at in range(told)], "tone": "doubt"}
        text = with_entries((ROOT / "data" / "registers" / "voices.yaml").read_text("utf-8"), [entry])
        release = SimpleNamespace(files={"registers/voices.yaml": text.encode()})
        return [one.route for one in attack_voices(cast("Any", SimpleNamespace(now=release)))]

    assert found(2) == []
    assert found(3) == ["voices tell more than 2 things of a speaker"]


@pytest.mark.usefixtures("home")
def test_coders_do_not_see_each_other_and_agreement_is_that_of_krippendorff() -> None:
    names = [added() for _ in range(12)]
    chance = random.Random(3)
    given = {name: [chance.random() < 0.5 for _ in range(2)] for name in names}
    for name, (one, other) in given.items():
        code_voice(name, ["no_reply"] if one else [], coder="an")
        assert all(voice.codings == () for voice in voices_to_code("bo"))
        code_voice(name, ["no_reply"] if other else [], coder="bo")
    assert voices_to_code("bo") == []
    # Two coders, one yes-or-no code: alpha = 1 - (pairs - 1) x disagreement / (yes x no), counted over both coders.
    pairs = 2 * len(names)
    yes = sum(map(sum, given.values()))
    apart = sum(one != other for one, other in given.values())
    alpha = 1 - (pairs - 1) * (2 * apart) / (2 * yes * (pairs - yes))
    table = voice_agreement(bootstrap=200).set_index("code")
    assert table.loc["no_reply", "alpha"] == pytest.approx(alpha, abs=1e-12)
    assert table.loc["no_reply", "low"] < alpha < table.loc["no_reply", "high"]
    assert table["alpha"].isna().sum() == len(table) - 1  # of the others everybody said no
    found = voice_disagreements()
    assert set(found["voice"]) == {name for name, (one, other) in given.items() if one != other}


@pytest.mark.usefixtures("home")
def test_agreement_of_one_coder_is_refused() -> None:
    code_voice(added(), ["helped"], coder="an")
    with pytest.raises(InputError, match="coded by two"):
        voice_agreement()
    with pytest.raises(InputError, match="no code"):
        code_voice(added(), ["helpd"], coder="bo")


def claim_on(name: str) -> None:
    sk.write_act({"kind": "claim_proposed", "subject": "claim-x", "role": "student", "claim_kind": "experienced",
                  "text_nl": "Uiterlijk speelt mee", "text_en": "Looks play a part"})  # fmt: skip
    sk.write_act({"kind": "evidence_added", "subject": "claim-x", "role": "school", "relation": "for",
                  "rests_on": f"voices:{public_id(name)}"})  # fmt: skip


def test_a_withdrawn_voice_is_nowhere_and_the_register_is_what_it_was_to_the_byte(home: Path) -> None:
    before = register(home)
    name, other = ready(), added(words="Een ander verhaal dat gewoon blijft staan in de opslag.")
    release_voices(name)
    claim_on(name)
    assert TEXTS["text_nl"].encode() in everything(home)
    done = withdraw_voice(name[:8])
    assert (done.register, done.acts, done.proven) == (True, 1, True)
    assert register(home) == before
    left = everything(home)
    for trace in (SAID, TEXTS["text_nl"], TEXTS["text_en"], name, public_id(name)):
        assert trace.encode() not in left
    assert list(read_voices()) == [other]
    assert len(sk.read_ledger().evidence) == 0
    (mark,) = read_marks()
    assert (mark.proven, mark.released, mark.runs) == (True, True, ())


@pytest.mark.parametrize(
    "where", ["data/published/x-2026/registers/voices.yaml", "notebooks/a.ipynb", "data/raw/b.txt"]
)
def test_there_is_no_proof_while_a_voice_stands_somewhere_and_there_is_once_it_is_gone(home: Path, where: str) -> None:
    name = ready()
    (path := home / where).parent.mkdir(parents=True, exist_ok=True)
    path.write_text('{"source": ["Ze keken naar mijn\\nfoto en VROEGEN of ik wel bij hun"]}', "utf-8")
    done = withdraw_voice(name)
    assert [problem.where for problem in done.remains] == [where]
    marks = (store_folder() / "withdrawals.yaml").read_text("utf-8")
    assert "foto" not in marks
    assert [one.proven for one in search_withdrawn()] == [False]
    path.unlink()
    assert [one.proven for one in search_withdrawn()] == [True]
    assert search_withdrawn() == []


def test_a_copy_that_is_put_back_is_not_read_and_leaves_again(home: Path) -> None:
    name = ready()
    release_voices(name)
    store, public = store_folder() / "voices.yaml", home / "data" / "registers" / "voices.yaml"
    copies = [(path, path.read_bytes()) for path in (store, public)]
    withdraw_voice(name)
    for path, content in copies:
        path.write_bytes(content)
    assert read_voices() == {}
    search_withdrawn()
    assert not store.exists()
    assert public_id(name) not in register(home)


def test_who_withdraws_from_the_survey_takes_the_voice_along(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name, other = ready(respondent="R2"), ready(respondent="R3")
    release_voices([name, other])
    code = main(["withdraw", "R2", "--language", "en"])
    assert code == 0, capsys.readouterr()
    assert list(read_voices()) == [other]
    assert public_id(name) not in register(home)
    assert public_id(other) in register(home)


@pytest.mark.usefixtures("home")
def test_a_damaged_store_is_refused_by_entry_without_its_words_and_nothing_is_written() -> None:
    added()
    path = store_folder() / "voices.yaml"
    content = yaml.safe_load(path.read_text("utf-8"))
    content["voices"][0]["tone"] = "angry"
    path.write_text(yaml.safe_dump(content), "utf-8")
    before = path.read_bytes()
    with pytest.raises(InputError, match="entry 1: Field 'tone'") as refused:
        added()
    assert SAID[:20] not in str(refused.value)
    assert path.read_bytes() == before


ADD_EIGHT = """
import sys
from stagekansen_lib.voices.collecting import add_voice
for number in range(8):
    add_voice({"made_up": True, "words": f"{sys.argv[1]} {number} zei iets", "spoken_in": "nl", "step": "keuze",
               "tone": "doubt", "added_by": "an",
               "consent": {"level": "analysis", "on": "2026-11-01", "how": "spoken"}})
"""


def in_a_process(program: str, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", program, *words], stderr=subprocess.PIPE, text=True)


@pytest.mark.usefixtures("home")
def test_three_processes_that_add_at_once_lose_nothing() -> None:
    running = [in_a_process(ADD_EIGHT, name) for name in "abc"]
    for one in running:
        _, said = one.communicate()
        assert one.returncode == 0, said
    assert sorted(voice.words for voice in read_voices().values()) == sorted(
        f"{name} {number} zei iets" for name in "abc" for number in range(8)
    )


RELEASE_AND_WITHDRAW = """
import os, random, signal, sys, time
from stagekansen_lib.voices import collecting, releasing, stores, withdrawing
from stagekansen_lib.registers.reading import read_registers
from stagekansen_lib.voices.checking import check_voice
chance = random.Random(7)
read_registers()
def work():
    while True:
        name = collecting.add_voice({"made_up": True, "words": "Dit zei ik over mijn eerste dag als stagiair hier.",
            "spoken_in": "nl", "step": "keuze", "tone": "doubt", "added_by": "an",
            "consent": {"level": "paraphrase", "on": "2026-11-01", "how": "spoken"}})
        collecting.word_voice(name, by="an", text_nl="Sprak over het begin.", text_en="Spoke of the beginning.")
        check_voice(name, checker="bo"), check_voice(name, checker="cem")
        releasing.release_voices(name)
        withdrawing.withdraw_voice(name)
for _ in range(8):
    child = os.fork()
    if child == 0:
        work()
    time.sleep(chance.uniform(0.2, 1.2))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
"""


@needs_posix
def test_a_process_killed_at_any_moment_leaves_whole_files_and_the_rest_is_finished_later(home: Path) -> None:
    before = register(home)
    running = in_a_process(RELEASE_AND_WITHDRAW)
    _, said = running.communicate()
    assert running.returncode == 0, said
    left = read_voices()  # whole, or this raises
    read_registers()
    assert len(read_marks()) + len(left) > 2
    for name in left:
        withdraw_voice(name)
    assert all(one.proven for one in search_withdrawn())
    assert all(mark.proven for mark in read_marks())
    assert register(home) == before
    assert [path.name for path in store_folder().iterdir()] == ["withdrawals.yaml"]


def test_the_example_is_made_up_and_goes_all_the_way_by_the_command(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    example = ROOT / "data" / "example" / "voices.yaml"
    assert main(["voices", "add", str(example), "--language", "en"]) == 0
    assert all(voice.made_up for voice in read_voices().values())
    name = next(voice.id for voice in read_voices().values() if voice.consent.level == "quote" and not voice.grounds)
    words = home / "words.yaml"
    words.write_text(
        f"form: quote\ntext_nl: {read_voice(name).words}\ntext_en: My supervisor called for me.\n", "utf-8"
    )
    assert main(["voices", "word", name, str(words), "--by", "an"]) == 0
    words.unlink()
    for reader in ("bo", "cem"):
        assert main(["voices", "code", name, "helped", "--coder", reader]) == 0
        assert main(["voices", "check", name, "--checker", reader]) == 0
    capsys.readouterr()
    assert main(["voices", "agree", "--draws", "10", "--language", "en"]) == 0
    assert main(["voices", "show", name, "--language", "en"]) == 0
    assert "This voice is made up." in capsys.readouterr().out
    assert main(["voices", "check", "--language", "en"]) == 1
    assert main(["voices", "release", name]) == 0
    assert f"voices:{public_id(name)}" in capsys.readouterr().out
    assert main(["voices", "withdraw", name, "--language", "en"]) == 0
    assert "found nowhere" in capsys.readouterr().out
    assert len(voices_waiting()) == 5
