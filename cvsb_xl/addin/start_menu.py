"""A shortcut in the user's Start menu: Windows shows shortcuts there, and not every kind of file."""

from __future__ import annotations

from pathlib import Path


def shortcut(path: Path, target: Path, about: str) -> bool:
    """Make a shortcut at `path` that starts `target`; False where it cannot be made.

    Windows' own shell makes it, through pywin32, which comes with xlwings there. Windows' scripting host would do it too, but
    many organisations have switched that off.
    """
    try:
        import pythoncom
        from win32com.shell import shell

        link = pythoncom.CoCreateInstance(
            shell.CLSID_ShellLink, None, pythoncom.CLSCTX_INPROC_SERVER, shell.IID_IShellLink
        )
        link.SetPath(str(target))
        link.SetWorkingDirectory(str(target.parent))
        link.SetDescription(about)
        path.parent.mkdir(parents=True, exist_ok=True)
        link.QueryInterface(pythoncom.IID_IPersistFile).Save(str(path), 0)
    except Exception:  # not Windows, no pywin32, or a shell that refuses, each with errors of its own
        return False
    return path.is_file()
