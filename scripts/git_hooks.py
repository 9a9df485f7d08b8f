"""The hooks of a clone: small files that call the guard before a commit. Standard library only."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

__all__ = ["install_hooks"]

HOOKS = ("pre-commit", "pre-merge-commit")
_MARK = "# stagekansen: answers of people stay out of git"
_CALL = "scripts/guard_microdata.py --staged"
_NOT_YET = "Answers of people are not kept out of git yet"
_TEXT = f"""#!/bin/sh
{_MARK}. Written by `python3 start.py`.
# A worktree beside the clone uses the environment of the clone; programs with buttons may have a short PATH.
clone=$(git rev-parse --git-common-dir)/..
for python in .venv/bin/python .venv/Scripts/python.exe "$clone/.venv/bin/python" "$clone/.venv/Scripts/python.exe" \\
    python3 python py python3.14 python3.13 python3.12 python3.11 /opt/homebrew/bin/python3 /usr/local/bin/python3; do
    if "$python" -c "import sys; sys.exit(sys.version_info < (3, 11))" >/dev/null 2>&1; then
        exec "$python" {_CALL}
    fi
done
echo "Nothing was committed: no Python 3.11 or newer was found to look for answers of people." >&2
exit 1
"""


def install_hooks(root: Path) -> int:
    """Write the hooks of a clone that has none of its own, and say what is to be done where it has.

    Returns 0 when every commit is looked at, 1 when a person has something to do; nothing of theirs is changed.
    """
    folder, whose = _folder(root)
    if folder is None:
        return 0  # a copy without git
    told = [_install(folder / name, root, shared=whose == "shared") for name in HOOKS]
    undone = [line for line in told if line]
    for line in undone:
        print(line, file=sys.stderr)
    return 1 if undone else 0


def _folder(root: Path) -> tuple[Path | None, str]:
    """Where git looks for the hooks of this clone; "shared" where those of other clones lie there too."""
    if not (root / ".git").exists():
        return None, ""
    told = _ask(root, "rev-parse", "--git-path", "hooks")
    if not told:  # no git on the path: a program with buttons has its own
        return ((root / ".git" / "hooks") if (root / ".git").is_dir() else None), ""
    own = _ask(root, "config", "--local", "--get", "core.hooksPath")
    set_elsewhere = _ask(root, "config", "--get", "core.hooksPath") and not own
    return root / Path(told).expanduser(), "shared" if set_elsewhere else ""


def _ask(root: Path, *words: str) -> str:
    try:
        done = subprocess.run(["git", *words], cwd=root, capture_output=True, check=False)
    except OSError:
        return ""
    return "" if done.returncode else done.stdout.decode("utf-8", errors="replace").strip()


def _install(hook: Path, root: Path, *, shared: bool) -> str:
    """Write one hook; what a person has to do when it cannot be written, else nothing."""
    try:
        held = hook.read_text("utf-8", errors="replace") if hook.is_file() else ""
        if held == _TEXT or _calls_guard(held, root):
            return ""
        if shared or (held and _MARK not in held):
            whose = "other projects use this folder of hooks too" if shared else "this hook is yours"
            return f"{_NOT_YET}: {whose}, and nothing was changed. Add to {hook}: python3 {_CALL} || exit 1"
        hook.parent.mkdir(parents=True, exist_ok=True)
        hook.write_text(_TEXT, "utf-8", newline="\n")
        hook.chmod(0o755)
    except OSError as problem:
        return f"{_NOT_YET}: {hook} cannot be written ({problem.strerror})."
    print(f"Commits are looked at from now on, so that answers of people stay out of git: {hook}", flush=True)
    return ""


def _calls_guard(held: str, root: Path) -> bool:
    """A hook of one's own that calls the guard; or the one of pre-commit, whose list of hooks here has the guard."""
    if _MARK in held:
        return False
    config = root / ".pre-commit-config.yaml"
    by_list = "pre-commit.com" in held and config.is_file() and _CALL in config.read_text("utf-8")
    return _CALL in held or by_list
