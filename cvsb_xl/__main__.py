"""`python -m cvsb_xl` is `cvsb`."""

from cvsb_xl.cli import run

run()
