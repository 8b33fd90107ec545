"""Every error cvsb-xl raises on purpose, and the exit code a face gives for it.

    CvsbError                  nothing was done; the message says where, what, and what to do (exit 2)
    ├── UnusableFile           a file is missing, is a folder, is no workbook, or cannot be read
    │   └── RefusedWorkbook    a workbook that is unsafe or too strange to read; carries the rule's code
    ├── UnsupportedWorkbook    a workbook we can read but will not edit, because something would be lost
    ├── TrackerLocked          somebody has the tracker open
    ├── TrackerChanged         the file changed between reading and saving
    ├── CannotSave             the folder is not writable, the disk is full, the new file failed its check
    ├── NotATracker            a workbook without the sheets or headings a tracker has
    ├── SchemaError            a file in schemas/ is wrong
    └── CannotDo               the verb was asked for something that cannot be done, and says why

Anything else that escapes is a fault of ours and shows a traceback.
"""


class CvsbError(Exception):
    """Nothing was done. The message is a whole sentence for a Review Manager."""


class UnusableFile(CvsbError):
    """A file is missing, is a folder, is no workbook, or cannot be read."""


class RefusedWorkbook(UnusableFile):
    """A workbook that is unsafe or too strange to read.

    Attributes:
        code: the rule that refuses it, such as "X103".
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class UnsupportedWorkbook(CvsbError):
    """A workbook we can read but will not edit, because something in it would be lost."""


class TrackerLocked(CvsbError):
    """Somebody has the tracker open."""


class TrackerChanged(CvsbError):
    """The tracker changed on disk between reading and saving."""


class CannotSave(CvsbError):
    """The folder is not writable, the disk is full, or the new file failed its check."""


class NotATracker(CvsbError):
    """A workbook without the sheets or headings that a tracker has."""


class SchemaError(CvsbError):
    """A file in schemas/ is wrong."""


class CannotDo(CvsbError):
    """The verb was asked for something that cannot be done; the message says why."""
