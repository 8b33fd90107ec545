// Read an open workbook as the service wants it: each sheet that it asks for, from A1, with its tables and which cells hold
// formulas. Everything is asked for in three round trips to Excel, however many sheets there are.

import { toJson } from "./values.js";

/** Return {name, sheets} of the workbook; `wanted` are sheet names in lower case. */
export async function readWorkbook(context, wanted) {
  const { workbook } = context;
  workbook.load("name,use1904DateSystem");
  const sheets = workbook.worksheets;
  sheets.load("items/name,items/visibility");
  await context.sync();

  const found = sheets.items.filter((sheet) => wanted.includes(sheet.name.toLowerCase())).map((sheet) => {
    const used = sheet.getUsedRangeOrNullObject(true);
    used.load("rowIndex,columnIndex,rowCount,columnCount");
    sheet.tables.load("items/name");
    return { sheet, used };
  });
  await context.sync();

  for (const one of found) {
    if (!one.used.isNullObject) {
      const rows = one.used.rowIndex + one.used.rowCount;
      const columns = one.used.columnIndex + one.used.columnCount;
      one.whole = one.sheet.getRangeByIndexes(0, 0, rows, columns);
      one.whole.load("values,formulas,valueTypes,numberFormat");
    }
    one.tables = one.sheet.tables.items.map((table) => {
      const range = table.getRange();
      range.load("address");
      return { name: table.name, range };
    });
  }
  await context.sync();

  return { name: workbook.name, sheets: found.map((one) => sheetJson(one, workbook.use1904DateSystem)) };
}

function sheetJson({ sheet, whole, tables }, counts1904) {
  const rows = whole
    ? whole.values.map((row, at) =>
        row.map((value, of) => toJson(value, whole.valueTypes[at][of], whole.numberFormat[at][of], counts1904)))
    : [];
  const formulas = [];
  if (whole && tables.length) {
    whole.formulas.forEach((row, at) => row.forEach((text, of) => {
      if (typeof text === "string" && text.startsWith("=")) formulas.push(`${letters(of + 1)}${at + 1}`);
    }));
  }
  return {
    name: sheet.name,
    visible: sheet.visibility === "Visible",
    rows,
    tables: tables.map(({ name, range }) => ({ name, ref: range.address.split("!").pop().replaceAll("$", "") })),
    formulas,
  };
}

/** Return a column's letters: 1 is "A", 27 is "AA". */
export function letters(number) {
  let found = "";
  for (let rest = number; rest > 0; rest = Math.floor((rest - 1) / 26)) {
    found = String.fromCharCode(65 + ((rest - 1) % 26)) + found;
  }
  return found;
}
