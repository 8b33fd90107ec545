"""The workbooks that are built from nothing: tracker, agency sheet, receipt. What edits and reads them is xlsx/."""
