"""Install cvsb-xl from this folder, for this user alone: no administrator's rights, no internet. Run by install.cmd.

Makes a Python environment of its own under LOCALAPPDATA, installs the wheels beside this file by their hashes, and puts the
add-in where Excel starts it. Running it again replaces all of it; trackers are never touched.
"""

import os
import subprocess
import sys
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent
NEEDED = "@PYTHON@"


def main() -> None:
    version = ".".join(map(str, sys.version_info[:2]))
    if version != NEEDED or sys.maxsize < 2**32:
        sys.exit(f"This folder is for 64-bit Python {NEEDED}; this is {version} at {sys.executable}.")
    local = os.environ.get("LOCALAPPDATA")
    if not local:
        sys.exit("LOCALAPPDATA is not set: this is for Windows.")
    place = Path(local) / "cvsb" / "python"
    print(f"Installing into {place} ...")
    venv.EnvBuilder(clear=True, with_pip=True).create(place)
    python = place / "Scripts" / "python.exe"
    # --no-index and --require-hashes: only what lies in this folder, and only if it is what was built.
    subprocess.run(
        [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-index", "--no-deps",
         "--find-links", str(HERE / "wheels"), "--require-hashes", "-r", str(HERE / "requirements.txt")],
        check=True,
    )  # fmt: skip
    subprocess.run([str(python), "-m", "cvsb_xl", "addin", "install"], check=True)
    subprocess.run([str(python), "-m", "cvsb_xl", "doctor"], check=False)


if __name__ == "__main__":
    main()
