// The task pane and the ribbon's commands: both press the same buttons. One runtime holds them (the manifest's Runtimes), so
// a command's message is shown in the pane.

import { applySteps, Changed } from "./apply.js";
import { readWorkbook } from "./read.js";
import { about, press, Refused, token } from "./service.js";

export const COMMANDS = {
  CvsbUpdate: "update", CvsbCheck: "check", CvsbDue: "due", CvsbUndo: "undo",
  CvsbIssue: "issue", CvsbResolve: "resolve", CvsbChase: "chase",
  CvsbRatify: "ratify", CvsbRecord: "record", CvsbChanges: "changes", CvsbBoard: "board", CvsbCrg: "crg",
  CvsbDashboard: "dashboard", CvsbPlan: "plan", CvsbMapf: "mapf", CvsbProgress: "progress", CvsbProve: "prove",
  CvsbExport: "export",
};

const $ = (id) => document.getElementById(id);
let busy = false;

/** Do the work of a button: read, ask, apply, save, and say what came of it. Returns whether it was done. */
export async function run(verb, returns = []) {
  if (busy) return false;
  busy = true;
  for (const button of document.querySelectorAll("button")) button.disabled = true;
  say("Working ...", "working");
  try {
    const { sheets } = await about();
    const { request, at } = await Excel.run(async (context) => ({
      request: await readWorkbook(context, sheets),
      at: await picked(context),
    }));
    const answer = await press(verb, { ...at, returns, workbook: request });
    if (answer.failed) throw new Refused(answer.failed, 200);
    await Excel.run((context) => carryOut(context, answer));
    offer(answer.documents);
    say(answer.words, answer.wants_a_person ? "attention" : "done");
    return true;
  } catch (error) {
    if (error instanceof Refused && error.status === 401) signedOut(error.message);
    else say(words(error), "failed");
    return false;
  } finally {
    busy = false;
    for (const button of document.querySelectorAll("button")) button.disabled = false;
  }
}

async function picked(context) {
  const cell = context.workbook.getActiveCell();
  const sheet = context.workbook.worksheets.getActiveWorksheet();
  cell.load("rowIndex");
  sheet.load("name");
  await context.sync();
  return { sheet: sheet.name, row: cell.rowIndex + 1 };
}

async function carryOut(context, answer) {
  if (answer.steps.length) {
    try {
      await applySteps(context, answer.steps);
    } catch (error) {
      if (error instanceof Changed) throw error;
      throw new Error(
        `Excel refused a change in the middle (${error.message}). Close the workbook WITHOUT saving and open it again, or take `
        + "the version before from its version history.",
      );
    }
    context.workbook.save("Save");
  }
  if (answer.front) context.workbook.worksheets.getItem(answer.front).activate();
  await context.sync();
}

function words(error) {
  if (error instanceof Refused || error instanceof Changed || error.message?.startsWith("Excel refused")) return error.message;
  return `This is a fault of cvsb-xl, or of Excel: ${error.message ?? error}`;
}

/** The files that were made, to be kept beside the workbook; they appear only once it has been saved. */
function offer(documents) {
  const list = $("documents");
  list.replaceChildren();
  for (const { folder, name, base64 } of documents) {
    const bytes = Uint8Array.from(atob(base64), (one) => one.charCodeAt(0));
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([bytes], { type: "application/octet-stream" }));
    link.download = name;
    link.textContent = folder === "." ? name : `${folder}/${name}`;
    const item = document.createElement("li");
    item.append(link);
    list.append(item);
  }
  $("made").hidden = documents.length === 0;
}

function say(text, kind) {
  const place = $("said");
  place.textContent = text;
  place.className = kind;
}

function signedOut(text) {
  token.forget();
  $("buttons").hidden = true;
  $("sign-in").hidden = false;
  say(text, "attention");
}

async function signIn(event) {
  event.preventDefault();
  token.keep($("token").value);
  $("token").value = "";
  await begin();
}

/** Show the buttons to whoever has a token that is accepted. */
export async function begin() {
  if (!token.get()) return signedOut("Sign in to the service in your browser, make a token on the page Tokens, and paste it here.");
  try {
    const { name } = await about();
    $("sign-in").hidden = true;
    $("buttons").hidden = false;
    $("who").textContent = name;
    say("Ready.", "done");
  } catch (error) {
    if (error instanceof Refused && error.status === 401) signedOut(error.message);
    else say(words(error), "failed");
  }
  return undefined;
}

async function mergeChosen() {
  const chosen = [...$("returns").files];
  if (!chosen.length) return say("Choose the returned sheets first.", "attention");
  const returns = await Promise.all(chosen.map(async (file) => ({ name: file.name, base64: await base64Of(file) })));
  await run("merge", returns);
  $("returns").value = "";
  return undefined;
}

async function base64Of(file) {
  const bytes = new Uint8Array(await file.arrayBuffer());
  let text = "";
  for (let at = 0; at < bytes.length; at += 32_768) text += String.fromCharCode(...bytes.subarray(at, at + 32_768));
  return btoa(text);
}

Office.onReady(() => {
  for (const [name, verb] of Object.entries(COMMANDS)) {
    Office.actions.associate(name, async (event) => {
      try {
        await Office.addin?.showAsTaskpane?.();
        await run(verb);
      } finally {
        event.completed();
      }
    });
  }
  for (const button of document.querySelectorAll("button[data-verb]")) {
    button.addEventListener("click", () => run(button.dataset.verb));
  }
  $("merge").addEventListener("click", mergeChosen);
  $("sign-out").addEventListener("click", () => signedOut("The token is forgotten on this computer."));
  $("sign-in").addEventListener("submit", signIn);
  begin();
});
