// Take an open workbook through the steps of an answer, in their order (cvsb_xl/hosts/steps.py): expect, grow, shrink, put,
// unlink, linkcell, show. Every expectation is looked at before anything is written.

import { letters } from "./read.js";
import { formatFor, fromJson, same, showsDate, toJson } from "./values.js";

const PLAIN = ["General", "Standard", "@", "", null]; // formats that show a day as a number

/** Something in the workbook is not as it was read; nothing has been written. */
export class Changed extends Error {}

/** Do the steps. The workbook is not saved. */
export async function applySteps(context, steps) {
  context.workbook.load("use1904DateSystem");
  await expectAll(context, steps.filter((step) => step.step === "expect"));
  const counts1904 = context.workbook.use1904DateSystem;
  const work = steps.filter((step) => step.step !== "expect");
  for (const step of work.filter((one) => ["grow", "shrink"].includes(one.step))) reshape(context, step);
  await context.sync();

  const puts = work.filter((step) => step.step === "put");
  const blocks = puts.map((step) => block(context, step));
  blocks.forEach((range) => range.load("numberFormat"));
  await context.sync();
  puts.forEach((step, at) => put(blocks[at], step, counts1904));
  await context.sync();

  for (const step of work) {
    if (step.step === "unlink") range(context, step, step.last_row, step.last_column).clear("Hyperlinks");
    else if (step.step === "linkcell") link(context, step, textAt(puts, step));
    else if (step.step === "show") sheetOf(context, step).visibility = step.visible ? "Visible" : "Hidden";
  }
  await context.sync();
}

async function expectAll(context, expects) {
  const cells = expects.map((step) => {
    const cell = range(context, step, step.row, step.column);
    cell.load("values,valueTypes,numberFormat");
    return cell;
  });
  await context.sync();
  const counts1904 = context.workbook.use1904DateSystem;
  expects.forEach((step, at) => {
    const cell = cells[at];
    const held = toJson(cell.values[0][0], cell.valueTypes[0][0], cell.numberFormat[0][0], counts1904);
    if (!same(held, step.value)) {
      throw new Changed(
        `${step.sheet}!${letters(step.column)}${step.row} changed while this was running. Nothing was changed; press the button again.`,
      );
    }
  });
}

function sheetOf(context, step) {
  return context.workbook.worksheets.getItem(step.sheet);
}

function range(context, step, lastRow, lastColumn) {
  return area(context, step, step.row, step.column, lastRow, lastColumn);
}

function area(context, step, row, column, lastRow, lastColumn) {
  return sheetOf(context, step).getRangeByIndexes(row - 1, column - 1, lastRow - row + 1, lastColumn - column + 1);
}

function block(context, step) {
  return range(context, step, step.row + step.values.length - 1, step.column + step.values[0].length - 1);
}

function reshape(context, step) {
  const whole = area(context, step, step.header_row, step.first_column, step.new_last_row, step.last_column);
  if (step.step === "grow") {
    const like = area(context, step, step.like, step.first_column, step.like, step.last_column);
    area(context, step, step.last_row + 1, step.first_column, step.new_last_row, step.last_column).copyFrom(like);
    resize(context, step, whole);
  } else {
    const gone = area(context, step, step.new_last_row + 1, step.first_column, step.last_row, step.last_column);
    gone.clear("Contents");
    resize(context, step, whole);
    gone.clear("Formats");
  }
}

function resize(context, step, whole) {
  if (step.table) sheetOf(context, step).tables.getItem(step.table).resize(whole);
}

function put(target, step, counts1904) {
  const formats = target.numberFormat.map((row) => [...row]);
  step.values.forEach((row, at) => row.forEach((value, of) => {
    const wanted = formatFor(value);
    const held = formats[at][of];
    const isDay = wanted !== "@" && wanted !== "General" && wanted !== "";
    if ((wanted === "@" && held !== "@") || (isDay && (PLAIN.includes(held) || !showsDate(held)))
      || (wanted === "General" && held === "@")) formats[at][of] = wanted;
  }));
  target.numberFormat = formats; // before the values: text must find a text cell
  target.values = step.values.map((row) => row.map((value) => fromJson(value, counts1904)));
}

function link(context, step, text) {
  const cell = range(context, step, step.row, step.column);
  cell.hyperlink = { documentReference: step.target, screenTip: "", textToDisplay: text };
}

/** What was put into a cell, as text: Excel shows it for the link. */
function textAt(puts, step) {
  for (const one of puts) {
    const row = one.values[step.row - one.row];
    if (one.sheet === step.sheet && row && step.column >= one.column && step.column < one.column + row.length) {
      const value = row[step.column - one.column];
      if (value !== null) return typeof value === "object" ? String(value.date ?? value.time ?? "") : String(value);
    }
  }
  return "";
}
