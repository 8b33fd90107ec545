"""Workbooks as files: looked at before reading, read, edited in place, saved. patch.py tells a newcomer how editing works."""
