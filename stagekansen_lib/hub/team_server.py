"""What runs as a team: JupyterLab in the team's project, with several people in one notebook.

Started by the hub under the team's user. What is typed together lies outside the project and is wiped when it ends;
kernels speak over sockets in folders of that user alone.
"""

from __future__ import annotations

import os
from pathlib import Path

from stagekansen_lib.desk.lab_settings import lab_options, write_lab_settings
from stagekansen_lib.project.extras import needs
from stagekansen_lib.project.paths import project_folder
from stagekansen_lib.project.private_folders import TYPED_TOGETHER, make_private_folder
from stagekansen_lib.together.server import sharing_words, wipe_typed
from stagekansen_lib.wording import chosen_language

__all__ = ["main", "team_words"]


def team_words(folder: Path) -> list[str]:
    """Words for the server of a team.

    Parameters
    ----------
    folder : the private folder for what is typed together.
    """
    language, settings = chosen_language(), project_folder("build", "lab")
    return [
        *lab_options(settings, language),
        "--ContentsManager.pre_save_hook=stagekansen_lib.together.saving.without_versions",
        "--ServerApp.terminals_enabled=False",
        *sharing_words(folder),
    ]


def main() -> None:
    """Serve until the hub ends it."""
    os.umask(0o077)
    with needs("hub"):
        from jupyterlab.labhubapp import SingleUserLabApp

    write_lab_settings(project_folder("build", "lab"), chosen_language())
    own = os.environ.get("JUPYTER_CONFIG_PATH")
    os.environ["JUPYTER_CONFIG_PATH"] = os.pathsep.join(filter(None, [own, str(project_folder("build", "lab"))]))
    folder = make_private_folder(TYPED_TOGETHER)
    os.environ["JUPYTER_RUNTIME_DIR"] = str(folder)
    os.chdir(project_folder())
    wipe_typed()
    # What a server says may hold names of files, its own token, and answers in the lines of an error.
    silent = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(silent, stream)
    try:
        SingleUserLabApp.launch_instance(team_words(folder))
    finally:
        wipe_typed()


if __name__ == "__main__":
    main()
