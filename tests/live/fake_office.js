// A stand-in for Excel behind Office.js, over `window.book`: {name, use1904DateSystem, sheets: [{name, visibility, tables:
// [{name, ref}], cells: [[{v, nf, f, e}]]}]}. It is as strict as the real one where that matters: nothing may be read that was
// not loaded and synced, what is asked for happens at the sync and in order, a blank is "", null leaves a cell alone, and text
// turns into numbers, days and formulas wherever the cell is not a text cell.
(() => {
  class PropertyNotLoaded extends Error {}
  const saved = [];
  const front = { sheet: 0, row: 0 };

  const sheetAt = (name) => {
    const sheet = window.book.sheets.find((one) => one.name === name);
    if (!sheet) throw new Error(`ItemNotFound: ${name}`);
    return sheet;
  };
  const blank = () => ({ v: "", nf: "General" });
  const cellAt = (sheet, row, column) => {
    while (sheet.cells.length <= row) sheet.cells.push([]);
    const line = sheet.cells[row];
    while (line.length <= column) line.push(blank());
    return line[column];
  };
  const extent = (sheet) => {
    let rows = 0;
    let columns = 0;
    sheet.cells.forEach((line, at) => line.forEach((cell, of) => {
      if (cell.v !== "") { rows = Math.max(rows, at + 1); columns = Math.max(columns, of + 1); }
    }));
    return { rows, columns };
  };
  const letters = (number) => (number <= 0 ? "" : letters(Math.floor((number - 1) / 26)) + String.fromCharCode(65 + ((number - 1) % 26)));
  const numbered = (text) => [...text].reduce((sum, one) => sum * 26 + one.charCodeAt(0) - 64, 0);
  const boxOf = (ref) => {
    const [, c1, r1, c2, r2] = ref.match(/^\$?([A-Z]+)\$?(\d+):\$?([A-Z]+)\$?(\d+)$/);
    return { row: r1 - 1, column: numbered(c1) - 1, rows: r2 - r1 + 1, columns: numbered(c2) - numbered(c1) + 1 };
  };
  const typeOf = (cell) => {
    if (cell.e) return "Error";
    if (cell.v === "") return "Empty";
    return { string: "String", boolean: "Boolean" }[typeof cell.v] ?? "Double";
  };

  /** What Excel makes of a value that is put into a cell of that format. */
  const taken = (cell, value) => {
    delete cell.f;
    delete cell.e;
    if (typeof value === "string" && value.startsWith("'")) { cell.v = value.slice(1); return; }
    if (typeof value !== "string" || cell.nf === "@") { cell.v = cell.nf === "@" && value !== "" ? String(value) : value; return; }
    if (value.startsWith("=")) { cell.f = value; cell.v = "a formula nobody asked for"; return; }
    if (/^#(REF!|N\/A|VALUE!|NAME\?|NUM!|NULL!|DIV\/0!)$/.test(value)) { cell.e = true; cell.v = value; return; }
    if (/^[+-]?\d+(\.\d+)?$/.test(value.trim())) { cell.v = Number(value); return; }
    if (/^\d{1,2}[/-]\d{1,2}/.test(value)) { cell.v = 46000; cell.nf = "d-mmm"; return; }
    cell.v = value;
  };

  class Proxy_ {
    constructor(context, path) { this.context = context; this._loaded = {}; this._path = path; }
    load(names) {
      for (const name of String(names).split(",").map((one) => one.trim())) this.context._queue.push(() => { this._load(name); });
      return this;
    }
    _load(name) { this._loaded[name] = this._read(name); }
    _get(name) {
      if (!(name in this._loaded)) throw new PropertyNotLoaded(`${this._path}.${name} was read before it was loaded and synced`);
      return this._loaded[name];
    }
    _do(work) { this.context._queue.push(work); }
  }
  const readable = (kind, ...names) => names.forEach((name) => Object.defineProperty(kind.prototype, name, {
    configurable: true, get() { return this._get(name); },
  }));

  class Range extends Proxy_ {
    constructor(context, sheet, box) { super(context, "range"); this._sheet = sheet; this._box = box; }
    _each(work) {
      const { row, column, rows, columns } = this._box();
      return Array.from({ length: rows }, (_, at) => Array.from({ length: columns }, (__, of) => work(cellAt(this._sheet(), row + at, column + of), at, of)));
    }
    _read(name) {
      const box = this._box();
      if (box === null) return null;
      switch (name) {
        case "rowIndex": return box.row;
        case "columnIndex": return box.column;
        case "rowCount": return box.rows;
        case "columnCount": return box.columns;
        case "address": return `'${this._sheet().name}'!${letters(box.column + 1)}${box.row + 1}:${letters(box.column + box.columns)}${box.row + box.rows}`;
        case "values": return this._each((cell) => cell.v);
        case "formulas": return this._each((cell) => cell.f ?? cell.v);
        case "valueTypes": return this._each(typeOf);
        case "numberFormat": return this._each((cell) => cell.nf);
        default: throw new Error(`a range has no ${name}`);
      }
    }
    get isNullObject() { return this._isNull ?? (() => { throw new PropertyNotLoaded("isNullObject before a sync"); })(); }
    _set(given, work) {
      this._do(() => {
        const { rows, columns } = this._box();
        if (given.length !== rows || given.some((row) => row.length !== columns)) throw new Error("InvalidArgument: the block has another shape");
        this._each((cell, at, of) => { if (given[at][of] !== null) work(cell, given[at][of]); });
      });
    }
    set values(given) {
      this._do(() => { if (window.refuses) throw new Error("GeneralException: somebody is editing a cell"); });
      this._set(given, taken);
    }
    get values() { return this._get("values"); }
    set numberFormat(given) { this._set(given, (cell, format) => { cell.nf = format; }); }
    get numberFormat() { return this._get("numberFormat"); }
    set hyperlink(link) {
      this._do(() => this._each((cell) => {
        if (!/^'.+'![A-Z]+\d+$/.test(link.documentReference)) throw new Error(`InvalidArgument: ${link.documentReference}`);
        cell.link = link.documentReference;
        if (link.textToDisplay !== undefined) cell.v = link.textToDisplay;
      }));
    }
    copyFrom(source) {
      this._do(() => {
        const from = source._each((cell) => ({ ...cell }));
        this._each((cell, at, of) => { Object.keys(cell).forEach((name) => delete cell[name]); Object.assign(cell, from[at % from.length][of % from[0].length]); });
      });
    }
    clear(what) {
      this._do(() => this._each((cell) => {
        if (what === "Contents") { cell.v = ""; delete cell.f; delete cell.e; } else if (what === "Formats") cell.nf = "General";
        else if (what === "Hyperlinks") delete cell.link; else throw new Error(`InvalidArgument: clear ${what}`);
      }));
    }
  }
  readable(Range, "rowIndex", "columnIndex", "rowCount", "columnCount", "address", "formulas", "valueTypes");

  class Table extends Proxy_ {
    constructor(context, sheet, find) { super(context, "table"); this._sheet = sheet; this._find = find; }
    _read(name) { return this._find()[name]; }
    getRange() { return new Range(this.context, this._sheet, () => boxOf(this._find().ref)); }
    resize(range) {
      this._do(() => {
        const box = range._box();
        const held = boxOf(this._find().ref);
        if (box.row !== held.row || box.rows < 2) throw new Error("InvalidArgument: a table keeps its headings and one row");
        this._find().ref = `${letters(box.column + 1)}${box.row + 1}:${letters(box.column + box.columns)}${box.row + box.rows}`;
      });
    }
  }
  readable(Table, "name");

  class Tables extends Proxy_ {
    constructor(context, sheet) { super(context, "tables"); this._sheet = sheet; }
    _load(name) {
      if (name !== "items/name") throw new Error(`tables have no ${name}`);
      this._loaded.items = this._sheet().tables.map((table) => {
        const found = new Table(this.context, this._sheet, () => table);
        found._loaded.name = table.name;
        return found;
      });
    }
    getItem(name) {
      return new Table(this.context, this._sheet, () => {
        const found = this._sheet().tables.find((table) => table.name === name);
        if (!found) throw new Error(`ItemNotFound: table ${name}`);
        return found;
      });
    }
  }
  readable(Tables, "items");

  class Worksheet extends Proxy_ {
    constructor(context, find) { super(context, "worksheet"); this._sheet = find; this.tables = new Tables(context, find); }
    _read(name) { return this._sheet()[name]; }
    set visibility(given) {
      this._do(() => {
        this._sheet().visibility = given;
        if (!window.book.sheets.some((sheet) => sheet.visibility === "Visible")) throw new Error("InvalidOperation: no sheet is left");
      });
    }
    get visibility() { return this._get("visibility"); }
    getRangeByIndexes(row, column, rows, columns) {
      if (rows < 1 || columns < 1) throw new Error("InvalidArgument: an empty range");
      return new Range(this.context, this._sheet, () => ({ row, column, rows, columns }));
    }
    getUsedRangeOrNullObject() {
      const found = new Range(this.context, this._sheet, () => {
        const { rows, columns } = extent(this._sheet());
        return rows ? { row: 0, column: 0, rows, columns } : null;
      });
      this._do(() => { found._isNull = found._box() === null; });
      return found;
    }
    activate() { this._do(() => { if (this._sheet().visibility !== "Visible") throw new Error("InvalidOperation: hidden"); front.sheet = window.book.sheets.indexOf(this._sheet()); }); }
  }
  readable(Worksheet, "name");

  class Worksheets extends Proxy_ {
    constructor(context) { super(context, "worksheets"); }
    _load(name) {
      this._loaded.items ??= window.book.sheets.map((sheet) => new Worksheet(this.context, () => sheet));
      const wanted = name.replace("items/", "");
      this._loaded.items.forEach((sheet) => { sheet._loaded[wanted] = sheet._read(wanted); });
    }
    getItem(name) { return new Worksheet(this.context, () => sheetAt(name)); }
    getActiveWorksheet() { return new Worksheet(this.context, () => window.book.sheets[front.sheet]); }
  }
  readable(Worksheets, "items");

  class Workbook extends Proxy_ {
    constructor(context) { super(context, "workbook"); this.worksheets = new Worksheets(context); }
    _read(name) { return window.book[name]; }
    getActiveCell() { return new Range(this.context, () => window.book.sheets[front.sheet], () => ({ row: front.row, column: 0, rows: 1, columns: 1 })); }
    save(how) { this._do(() => { saved.push(how); }); }
  }
  readable(Workbook, "name", "use1904DateSystem");

  class Context {
    constructor() { this._queue = []; this.workbook = new Workbook(this); }
    async sync() {
      const work = this._queue.splice(0);
      await Promise.resolve();
      for (const one of work) {
        one();
      }
    }
  }

  window.fake = { saved, front };
  window.Excel = {
    run: async (work) => {
      const context = new Context();
      const result = await work(context);
      await context.sync();
      return result;
    },
  };
  const associated = {};
  window.Office = {
    onReady: (then) => { queueMicrotask(() => then({ host: "Excel", platform: "PC" })); return Promise.resolve(); },
    actions: { associate: (name, work) => { associated[name] = work; }, map: associated },
    addin: { showAsTaskpane: async () => {} },
  };
})();
