"""Set up everything in `.venv` and start the workbench. Needs Python 3.11 or newer and nothing else.

python3 start.py           serve the dashboards on this computer and open a browser
python3 start.py test      run all tests; `docs`, with the same packages, builds the documentation and shows it
python3 start.py WORD ...  any other word goes to the command `stagekansen` (lab, check, data, release, ...)
"""

import hashlib
import os
import shutil
import subprocess
import sys
import time
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent
VENV = HERE / ".venv"
# Of the first three each holds those before it; the last is installed when a hub is first asked for.
LOCKS = ("requirements.lock", "requirements-together.lock", "requirements-test.lock", "requirements-hub.lock")
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def main(words: list[str]) -> int:
    if sys.version_info < (3, 11):  # noqa: UP036 - this file tells it to a user of an older Python
        sys.exit(f"Python 3.11 or newer is needed; this is {sys.version.split()[0]}. See https://www.python.org.")
    keep_answers_out_of_git()
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # or every start compiles everything anew
    try:
        set_up(LOCKS[2 if words[:1] in (["test"], ["docs"]) else "--together" in words])
        if words[:1] == ["hub"] or words[:3] == ["test", "-m", "hub"]:
            set_up(LOCKS[3])
        if words[:1] != ["test"]:
            return run(["-P", "-m", "stagekansen_lib.cli", *words])
        os.chdir(HERE)
        return run(["-m", "pytest", *words[1:]])
    except subprocess.CalledProcessError as failure:
        return explain(failure)
    except KeyboardInterrupt:
        return 130


def keep_answers_out_of_git() -> None:
    """In a clone: hooks that look at every commit. What a person has to do for it is told; it stops nothing."""
    subprocess.run([sys.executable, str(HERE / "scripts" / "guard_microdata.py"), "--install"], check=False)


def run(words: list[str]) -> int:
    """Python with these words, in the folder that a person is in: the files they name are seen from there."""
    if os.name == "posix":
        os.execv(PYTHON, [str(PYTHON), *words])  # so that whoever stops this command stops that one
    return subprocess.call([str(PYTHON), *words])


def set_up(lock_name: str) -> None:
    """Make `.venv` and install exactly what the lock file lists; skip what an earlier run has done."""
    stamp = VENV / "installed-from.txt"
    done = stamp.read_text("utf-8").split() if stamp.exists() and PYTHON.exists() else []
    if fingerprint(lock_name) in done:
        return
    started = time.monotonic()
    if not done:
        print(f"[1/3] making {VENV.name} with Python {sys.version.split()[0]} ...", flush=True)
        venv.create(VENV, clear=True)
    print(f"[2/3] installing the packages of {lock_name} (a few minutes the first time) ...", flush=True)
    pip("install", "--require-hashes", "--requirement", str(HERE / lock_name))
    print("[3/3] installing the workbench itself ...", flush=True)
    pip("install", "--no-deps", "--no-build-isolation", "--editable", str(HERE))
    if lock_name == LOCKS[3]:  # the people of a hub may not write here: what is not compiled now never is
        subprocess.run([PYTHON, "-m", "compileall", "-qj0", VENV, HERE / "stagekansen_lib"], check=False)
    held = LOCKS[: LOCKS.index(lock_name) + 1] if lock_name in LOCKS[:3] else [lock_name]
    stamp.write_text("\n".join({*(set(done) & {*map(fingerprint, LOCKS)}), *map(fingerprint, held)}), "utf-8")
    print(f"Ready in {time.monotonic() - started:.0f} seconds.", flush=True)


def fingerprint(lock_name: str) -> str:
    files = [(HERE / name).read_bytes() for name in (lock_name, "pyproject.toml")]
    return hashlib.sha256(b"\0".join([sys.version.split()[0].encode(), str(HERE).encode(), *files])).hexdigest()


def pip(*words: str) -> None:
    """Install with uv where it is there and succeeds, else with pip; what is loaded is compiled then."""
    uv = shutil.which("uv")
    words += () if sys.stdout.isatty() else ("--quiet",)
    if not uv or subprocess.call([uv, "pip", *words, "--python", PYTHON], cwd=HERE) != 0:
        if not any(PYTHON.parent.glob("pip*")):  # uv needs none
            venv.create(VENV, with_pip=True)
        subprocess.check_call([PYTHON, "-m", "pip", *words, "--no-compile", "--disable-pip-version-check"], cwd=HERE)


def explain(failure: subprocess.CalledProcessError) -> int:
    sys.stderr.write(
        "\nThe set-up did not finish; see above where.\n- No network? The first run needs one, later runs do not."
        f"\n- Half an old set-up? Remove the folder {VENV.name} and run the same command again.\n"
    )
    return failure.returncode or 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
