"""cvsb-xl: a safeguarding board's action tracker in Excel, made trustworthy."""

__version__ = "0.1.0"
