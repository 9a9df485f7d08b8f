"""Ways to open a file of answers, as code for a process that may not: by Python, pandas and the shell."""

from __future__ import annotations

TRIES = """
def tries(path):
    import io, os, pathlib, shutil, subprocess, tempfile
    import numpy, pandas
    from stagekansen_lib.intake.reading import read_survey
    place = tempfile.mkdtemp()
    link = os.path.join(place, "link.csv")
    ways = {
        "open": lambda: open(path).read(),
        "open bytes": lambda: open(os.fsencode(path), "rb").read(),
        "io": lambda: io.open(path).read(),
        "os": lambda: os.open(path, os.O_RDONLY),
        "pathlib": lambda: pathlib.Path(path).read_bytes(),
        "relative": lambda: open(os.path.relpath(path)).read(),
        "opened folder": lambda: os.open(
            os.path.basename(path), os.O_RDONLY, dir_fd=os.open(os.path.dirname(path), os.O_RDONLY)
        ),
        "opened folder above": lambda: os.listdir(os.open(os.path.dirname(os.path.dirname(path)), os.O_RDONLY)),
        "list": lambda: os.listdir(os.path.dirname(path)),
        "scan": lambda: list(os.scandir(os.path.dirname(path))),
        "copy": lambda: shutil.copy(path, place),
        "hard link": lambda: os.link(path, link),
        "soft link": lambda: os.symlink(path, link),
        "rename": lambda: os.rename(path, link),
        "pandas": lambda: pandas.read_csv(path, sep=";"),
        "pandas in C": lambda: pandas.read_csv(path, sep=";", memory_map=True),
        "numpy": lambda: numpy.fromfile(path),
        "survey": lambda: read_survey(path),
        "program": lambda: subprocess.run(["cat", path], capture_output=True, check=True),
        "shell": lambda: os.system("cat " + path),
    }
    opened = []
    for name, way in ways.items():
        try:
            way()
        except PermissionError:
            continue
        except Exception as other:
            opened.append(f"{name}: {type(other).__name__}")
            continue
        opened.append(name)
    return len(ways), opened
"""
