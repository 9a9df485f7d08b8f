"""Acts that are written at once, and writers that are killed: is an act lost, or a file half?

First processes write public acts of one ledger at once. Then a writer does whatever people do there, in random order:
a public act, a position that is taken anew, a one-time code that is given and used, a check of a reporting point, a
voice that is added and worded. It tells what is done once it is done, and is killed (SIGKILL) at a random moment. After
each kill everything is read: no file may be half, and what was told to be done must be there.

    python benchmarks/ledger_killed.py --processes 5 --acts 100 --kills 50

Writers are forks of one process that has loaded the library, so that a random moment falls in their work.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

CLAIM = {"kind": "claim_proposed", "subject": "x", "role": "student", "claim_kind": "suspected",
         "text_nl": "Weinig studenten melden", "text_en": "Few students report"}  # fmt: skip
STANCE = {"kind": "stance_taken", "subject": "x", "role": "school", "partner": "gemeente", "stance": "agree",
          "spoken_by": "woordvoerder"}  # fmt: skip
VOICE = {"made_up": True, "spoken_in": "nl", "step": "keuze", "tone": "doubt", "added_by": "an",
         "consent": {"level": "paraphrase", "on": "2026-11-01", "how": "spoken"}}  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    for name, value in (("processes", 5), ("acts", 100), ("kills", 50), ("seed", 1)):
        parser.add_argument(f"--{name}", type=int, default=value)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["STAGEKANSEN_HOME"] = folder
        shutil.copytree(ROOT / "data" / "registers", Path(folder, "data", "registers"))
        for name in ("raw", "interim"):
            Path(folder, "data", name).mkdir()
        from stagekansen_lib.fact_finding.writing import write_act

        write_act(CLAIM)
        wrong = at_once(options.processes, options.acts)
        wrong += killed(options.kills, random.Random(options.seed))
    return 1 if wrong else 0


def at_once(processes: int, acts: int) -> int:
    from stagekansen_lib.fact_finding.act_files import read_act_files
    from stagekansen_lib.fact_finding.writing import write_act

    def write(name: int) -> None:
        for number in range(acts):
            write_act({**STANCE, "text_nl": f"schrijver {name} {number}"})

    began = time.monotonic()
    children = [forked(lambda name=name: write(name)) for name in range(processes)]
    ends = [os.waitpid(child, 0)[1] for child in children]
    seconds = time.monotonic() - began
    found, aside = read_act_files()
    told = {getattr(act, "text_nl", "") for act in found}
    lost = sum(f"schrijver {name} {number}" not in told for name in range(processes) for number in range(acts))
    failed = sum(end != 0 for end in ends)
    there = f"{processes * acts - lost} there, {lost} lost, {len(aside)} half, {failed} writers failed"
    print(f"{processes} processes x {acts} acts at once: {there}; {seconds:.0f} s")
    return lost + len(aside) + failed


def killed(kills: int, chance: random.Random) -> int:
    done: dict[str, int] = {}
    half = lost = 0
    for _ in range(kills):
        read_end, write_end = os.pipe()
        child = forked(lambda: work(write_end, chance.random()))  # noqa: B023 - it is forked at once
        os.close(write_end)
        told = killed_after(child, read_end, chance.uniform(0.2, 2.0))
        for line in told:
            kind, _, name = line.partition(" ")
            done[kind] = done.get(kind, 0) + 1
            lost += not FOUND[kind](name)
        half += len(list(halves()))
    counts = ", ".join(f"{count} {kind}" for kind, count in sorted(done.items()))
    print(f"{kills} times killed: {half} half, {lost} lost of what was told to be done ({counts})")
    return half + lost


def forked(job: Callable[[], None]) -> int:
    child = os.fork()
    if child == 0:
        code = 1
        try:
            job()
            code = 0
        finally:
            os._exit(code)
    return child


def killed_after(child: int, read_end: int, seconds: float) -> list[str]:
    """What a child told before it was killed; a line that was cut off was not told."""
    time.sleep(seconds)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    with os.fdopen(read_end, "rb") as told:
        return told.read().decode().split("\n")[:-1]


def work(write_end: int, seed: float) -> None:
    from stagekansen_lib.fact_finding.access import give_code, use_code
    from stagekansen_lib.fact_finding.writing import write_act
    from stagekansen_lib.registers.reading import read_registers
    from stagekansen_lib.registers.verification import record_verification
    from stagekansen_lib.voices.collecting import add_voice, word_voice

    chance, points = random.Random(seed), [one.id for one in read_registers().reporting_points]

    def tell(kind: str, name: str) -> None:
        os.write(write_end, f"{kind} {name}\n".encode())

    def act() -> None:
        tell("act", write_act({**STANCE, "text_nl": "Wat " * 500}).name)

    def position() -> None:
        said = {"kind": "position_taken", "subject": "x", "role": "student", "round": 1, "position": "agree"}
        tell("position", write_act({**said, "voter": f"p{chance.randrange(5)}"}).name)

    def code() -> None:
        person = f"c{chance.randrange(10**9)}"
        given = give_code(person, "student")
        tell("code", person)
        if use_code(given):
            tell("used", person)

    def check() -> None:
        mark = f"check {chance.randrange(10**9)}"
        record_verification(chance.choice(points), checked_by="team", how=mark)
        tell("check", mark)

    def voice() -> None:
        name = add_voice({**VOICE, "words": "Dit zei ik over mijn eerste dag."})
        tell("voice", name)
        word_voice(name, by="an", text_nl="Sprak over het begin.", text_en="Spoke of the beginning.")
        tell("worded", name)

    while True:
        chance.choice((act, position, code, check, voice))()


def halves() -> Iterator[str]:
    """What cannot be read, or was set aside. A leftover under a hidden name is no file of anybody."""
    from stagekansen_lib.errors import StagekansenError
    from stagekansen_lib.fact_finding.act_files import private_folder, read_act_files, read_private_files
    from stagekansen_lib.registers.reading import read_registers
    from stagekansen_lib.voices.stores import read_voices

    yield from (one.file for one in (*read_act_files()[1], *read_private_files()[1]))
    for path in (private_folder() / ".access").glob("*.json"):
        try:
            json.loads(path.read_bytes())
        except ValueError:
            yield path.name
    for read in (read_registers, read_voices):
        try:
            read()
        except StagekansenError:
            yield read.__name__


def _acts(name: str) -> bool:
    from stagekansen_lib.fact_finding.act_files import acts_folder

    return any(acts_folder().rglob(name))


def _position(name: str) -> bool:
    from stagekansen_lib.fact_finding.act_files import private_folder

    return (private_folder() / name).is_file()


def _used_code(person: str) -> bool:
    from stagekansen_lib.fact_finding.access import open_codes

    return all(one.person.pseudonym != person for one in open_codes())


def _check(mark: str) -> bool:
    from stagekansen_lib.registers.reading import read_registers

    return any(one.how == mark for one in read_registers().verifications)


def _voice(name: str) -> bool:
    from stagekansen_lib.voices.stores import read_voices

    return name in read_voices()


def _worded(name: str) -> bool:
    from stagekansen_lib.voices.stores import read_voices

    return bool(read_voices()[name].text_en)


# A code that was given may have been used since: it is looked at by the files being whole, and by "used".
FOUND: dict[str, Callable[[str], bool]] = {
    "act": _acts, "position": _position, "code": lambda _: True, "used": _used_code, "check": _check, "voice": _voice,
    "worded": _worded,
}  # fmt: skip

if __name__ == "__main__":
    raise SystemExit(main())
