"""Two versions of one notebook become one by their cells, not by their lines."""

from __future__ import annotations

import shutil
import subprocess
import sys

from stagekansen_lib.project.extras import has_package
from stagekansen_lib.project.paths import project_folder

__all__ = ["merge_notebooks_by_cell"]

_DRIVER = "merge.jupyternotebook"


def merge_notebooks_by_cell() -> bool:
    """Tell git in this clone to merge notebooks with nbdime; ``.gitattributes`` says for which files.

    Returns
    -------
    bool : whether git does it from now on; False without git, without a clone or without nbdime.
    """
    git = shutil.which("git")
    if git is None or not (project_folder() / ".git").exists() or not has_package("nbdime"):
        return False
    command = f'"{sys.executable}" -m nbdime.vcs.git.mergedriver merge %O %A %B %L %P'
    settings = {"name": "notebooks by their cells", "driver": command}
    done = [
        subprocess.run([git, "config", "--local", f"{_DRIVER}.{name}", value], cwd=project_folder(), check=False)
        for name, value in settings.items()
    ]
    return all(one.returncode == 0 for one in done)
