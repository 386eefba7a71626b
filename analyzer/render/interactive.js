"use strict";
// SPDX-License-Identifier: GPL-2.0-or-later
// What the page of socklock --interactive does: filters, tables that sort, and an icicle of the call stacks. The page's
// policy lets this script run by its hash and nothing load. Names come from a trace: they are set as text, never as
// markup.
(() => {
  const report = JSON.parse(document.getElementById("socklock-report").textContent);
  const stacks = JSON.parse(document.getElementById("socklock-stacks").textContent);
  const isComparison = report.schema.startsWith("socklock.compare/");
  const unit = isComparison ? report.unit_of_work.replace(/s$/, "") : "";
  const root = document.getElementById("explore");

  // ---- figures, as the reports write them ----
  const three = (value) => Math.abs(value) >= 100 ? value.toFixed(0) : Math.abs(value) >= 10 ? value.toFixed(1)
    : value.toFixed(2);
  const ns = (value) => {
    if (value === null || value === undefined) return "–";
    const size = Math.abs(value);
    if (size < 1000) return (Number.isInteger(value) ? String(value) : three(value)) + " ns";
    if (size < 1e6) return three(value / 1e3) + " µs";
    if (size < 1e9) return three(value / 1e6) + " ms";
    return three(value / 1e9) + " s";
  };
  const signedNs = (value) => (value > 0 ? "+" : "") + ns(value);
  const number = (value) => value === null || value === undefined ? "–"
    : value !== 0 && Math.abs(value) < 1e-4 ? Number(value.toPrecision(3)).toExponential() : Number.isInteger(value) ? value.toLocaleString("en-US") : Number(value.toPrecision(3)).toLocaleString("en-US",
      { maximumSignificantDigits: 3 });
  const percent = (share) => share === null || share === undefined ? "–" : three(100 * share) + "%";
  const interval = (effect) => effect.low === null && effect.high === null ? "–"
    : effect.high === null ? "≥ " + number(effect.low) : effect.low === null ? "≤ " + number(effect.high)
      : number(effect.low) + ".." + number(effect.high);
  const effectText = (row) => {
    if (row.before > 0 && row.after === 0) return "gone";
    if (row.effect.ratio !== null) return number(row.effect.ratio) + "×";
    return row.before === 0 && row.after > 0 ? "new" : "–";
  };

  const make = (name, className, text) => {
    const element = document.createElement(name);
    if (className) element.className = className;
    if (text !== undefined) element.textContent = text;
    return element;
  };

  // ---- rows: a lock class, or a class and call path ----
  const rowsOfComparison = report => report.classes.map((row) => ({
    lockClass: row.class, path: row.path, before: row.before.wait_ns_per_unit, after: row.after.wait_ns_per_unit,
    effect: row.effect, verdict: row.verdict, waitsBefore: row.before.contentions_per_unit,
    waitsAfter: row.after.contentions_per_unit, p99Before: row.before.p99_ns, p99After: row.after.p99_ns }));
  const rowsOfRun = report => [...report.by_class, ...report.by_class_path].map((row) => ({
    lockClass: row.class, path: row.path === undefined ? null : row.path, before: row.wait_ns, after: 0,
    waits: row.contentions, mean: row.mean_ns, p50: row.p50_ns, p99: row.p99_ns, max: row.max_ns }));
  const rows = isComparison ? rowsOfComparison(report) : rowsOfRun(report);
  const whole = rows.filter((row) => row.path === null).reduce((sum, row) => sum + row.before, 0);

  const columns = isComparison ? [
    ["lock class", "", (row) => row.lockClass], ["call path", "", (row) => row.path === null ? "all" : row.path],
    ["wait before", "Wait per " + unit + " before; mean over the runs.", (row) => row.before, ns],
    ["wait after", "Wait per " + unit + " after; mean over the runs.", (row) => row.after, ns],
    ["change", "After minus before, per " + unit + ".", (row) => row.after - row.before, signedNs],
    ["effect", "After divided by before.",
      (row) => row.effect.ratio === null ? (row.before > 0 ? 0 : Infinity) : row.effect.ratio, null, effectText],
    ["interval", "Where the effect lies with " + percent(report.confidence) + " confidence, as runs vary.",
      (row) => row.effect.low, null, (row) => interval(row.effect)],
    ["q", "Of the rows with a value as small as this, the share that are chance.", (row) => row.effect.q, number],
    ["verdict", "Only where the whole interval is beyond the threshold.", (row) => row.verdict],
    ["waits before", "Contentions per " + unit + ".", (row) => row.waitsBefore, number],
    ["waits after", "Contentions per " + unit + ".", (row) => row.waitsAfter, number],
    ["p99 before", "99 of 100 waits were shorter.", (row) => row.p99Before, ns],
    ["p99 after", "99 of 100 waits were shorter.", (row) => row.p99After, ns],
  ] : [
    ["lock class", "", (row) => row.lockClass], ["call path", "", (row) => row.path === null ? "all" : row.path],
    ["wait", "Sum of wait times.", (row) => row.before, ns],
    ["share", "Of the wait of all locks.", (row) => whole > 0 ? row.before / whole : null, percent],
    ["waits", "Acquisitions that had to wait.", (row) => row.waits, number],
    ["mean", "Wait divided by waits.", (row) => row.mean, ns],
    ["p50", "The median wait.", (row) => row.p50, ns],
    ["p99", "99 of 100 waits were shorter.", (row) => row.p99, ns],
    ["max", "The longest wait.", (row) => row.max, ns],
  ];

  // ---- state, of which the address keeps the filter ----
  const state = { lockClass: "", path: "", words: "", leaveOut: new Set(), byPath: false, sort: 2, down: true, zoom: [] };
  const readAddress = () => {
    const words = new URLSearchParams(location.hash.slice(1));
    state.lockClass = words.get("class") || "";
    state.path = words.get("path") || "";
    state.leaveOut = new Set(words.getAll("not"));
    state.byPath = words.get("by") === "class-path" || state.path !== "";
  };
  const writeAddress = () => {
    const words = new URLSearchParams();
    if (state.lockClass) words.set("class", state.lockClass);
    if (state.path) words.set("path", state.path);
    for (const name of state.leaveOut) words.append("not", name);
    if (state.byPath) words.set("by", "class-path");
    history.replaceState(null, "", "#" + words.toString());
  };
  const meets = (lockClass, path) => (!state.lockClass || lockClass === state.lockClass)
    && (!state.path || path === state.path) && !state.leaveOut.has(lockClass);

  // ---- parts of the page ----
  const bar = make("div", "bar");
  const choice = (id, title, values) => {
    const label = make("label", "", title + " ");
    const select = make("select");
    select.id = id;
    for (const value of ["", ...values]) {
      const option = make("option", "", value === "" ? "all" : value);
      option.value = value;
      select.append(option);
    }
    label.append(select);
    bar.append(label);
    return select;
  };
  const distinct = (values) => [...new Set(values)];
  const classChoice = choice("class", "lock class", distinct(rows.map((row) => row.lockClass)));
  const pathChoice = choice("path", "call path",
    distinct(rows.map((row) => row.path).filter((path) => path !== null)));
  const byLabel = make("label");
  const byPath = make("input");
  byPath.type = "checkbox";
  byPath.id = "by-path";
  byLabel.append(byPath, " by call path");
  const search = make("input");
  search.type = "search";
  search.id = "search";
  search.placeholder = "search names and functions";
  search.setAttribute("aria-label", "Search in names and functions");
  const clear = make("button", "", "clear");
  clear.id = "clear";
  bar.append(byLabel, search, clear);
  const chips = make("div", "chips");
  const sum = make("p", "sum");
  sum.id = "sum";
  sum.setAttribute("aria-live", "polite");
  const scroll = make("div", "scroll");
  const table = make("table");
  table.id = "slices";
  scroll.append(table);
  const crumbs = make("div", "crumbs");
  const stackNote = make("p", "note");
  stackNote.id = "stack-note";
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.id = "icicle";
  svg.setAttribute("tabindex", "0");
  svg.setAttribute("role", "group");
  svg.setAttribute("aria-label", "Call stacks, outermost function first. Arrows move, Enter zooms, Escape zooms out.");
  const tip = make("div", "tip");
  tip.hidden = true;
  tip.setAttribute("role", "status");
  root.append(make("h2", "", "Explore"),
    make("p", "note", "A click on a class or path shows only that, with Shift it is left out; a click on a heading sorts. "
      + "The charts and tables further down are of all waits, whatever is chosen here."),
    bar, chips, sum, scroll, make("h2", "", "Call stacks" + (isComparison ? ", before → after" : "")), stackNote, crumbs,
    svg, tip);
  root.hidden = false;

  // ---- table ----
  const shownRows = () => {
    const words = state.words.toLowerCase();
    const chosen = rows.filter((row) => (row.path !== null) === state.byPath && meets(row.lockClass, row.path)
      && (!words || row.lockClass.toLowerCase().includes(words) || (row.path || "").includes(words)));
    const value = columns[state.sort][2];
    const compare = (a, b) => {
      const [x, y] = [value(a), value(b)];
      const isMissing = (v) => v === null || v === undefined;
      if (isMissing(x) || isMissing(y)) return isMissing(x) - isMissing(y);
      const [left, right] = typeof x === "string" ? [x.toLowerCase(), y.toLowerCase()] : [x, y];
      const order = left < right ? -1 : left > right ? 1 : 0;
      return state.down ? -order : order;
    };
    return chosen.map((row, at) => [row, at]).sort((a, b) => compare(a[0], b[0]) || a[1] - b[1]).map(([row]) => row);
  };
  const sortBy = (column) => {
    state.down = state.sort === column ? !state.down : column > 1;
    state.sort = column;
    showTable();
  };
  const headings = () => {
    const line = make("tr");
    columns.forEach(([title, definition], i) => {
      const heading = make("th");
      heading.setAttribute("aria-sort", state.sort !== i ? "none" : state.down ? "descending" : "ascending");
      const button = make("button", "", title + (state.sort !== i ? "" : state.down ? " ▼" : " ▲"));
      if (definition) button.title = definition;
      button.addEventListener("click", () => sortBy(i));
      heading.append(button);
      line.append(heading);
    });
    const head = make("thead");
    head.append(line);
    return head;
  };
  const nameCell = (text, chosen) => {
    const cell = make("td");
    const button = make("button", "name", text);
    button.addEventListener("click", chosen);
    cell.append(button);
    return cell;
  };
  const leaveOut = (lockClass) => {
    state.leaveOut.add(lockClass);
    if (state.lockClass === lockClass) state.lockClass = "";
    show();
  };
  const lineOf = (row) => {
    const line = make("tr");
    columns.forEach(([title, , value, format, text], i) => {
      if (i === 0) {
        line.append(nameCell(row.lockClass, (event) => {
          if (event.shiftKey) return leaveOut(row.lockClass);
          state.lockClass = state.lockClass === row.lockClass ? "" : row.lockClass;
          return show();
        }));
      } else if (i === 1 && row.path !== null) {
        line.append(nameCell(row.path, () => { state.path = state.path === row.path ? "" : row.path; show(); }));
      } else {
        const cell = make("td", title === "verdict" ? row.verdict : "", text ? text(row)
          : format ? format(value(row)) : String(value(row)));
        line.append(cell);
      }
    });
    return line;
  };
  function showTable() {
    const body = make("tbody");
    const chosen = shownRows();
    for (const row of chosen) body.append(lineOf(row));
    table.replaceChildren(headings(), body);
  }

  // ---- filter ----
  const chip = (text, remove) => {
    const button = make("button", "chip", text + "  ✕");
    button.addEventListener("click", () => { remove(); show(); });
    chips.append(button);
  };
  function showFilter() {
    classChoice.value = state.lockClass;
    pathChoice.value = state.path;
    byPath.checked = state.byPath;
    chips.replaceChildren();
    if (state.lockClass) chip("class: " + state.lockClass, () => { state.lockClass = ""; });
    if (state.path) chip("path: " + state.path, () => { state.path = ""; });
    for (const name of state.leaveOut) chip("not class: " + name, () => state.leaveOut.delete(name));
    const met = rows.filter((row) => row.path !== null && meets(row.lockClass, row.path));
    const before = met.reduce((total, row) => total + row.before, 0);
    const after = met.reduce((total, row) => total + row.after, 0);
    const isPart = state.lockClass || state.path || state.leaveOut.size > 0;
    const which = isPart ? "Waits that meet the filter: " : "All waits: ";
    sum.textContent = isComparison
      ? which + ns(before) + " → " + ns(after) + " per " + unit
        + (before > 0 ? " (" + number(after / before) + "×" + (isPart ? "; of a choice of rows no interval is known" : "")
          + ")" : "")
      : which + ns(before) + (whole > 0 ? ", " + percent(before / whole) + " of the wait" : "");
  }

  // ---- icicle ----
  // The trees of the classes and paths that meet the filter, added up. A node: f(unction), b(efore), a(fter), c(hildren).
  const merge = (into, tree) => {
    into.b += tree.b;
    into.a += tree.a;
    for (const child of tree.c || []) {
      let same = into.index.get(child.f);
      if (!same) {
        same = { f: child.f, b: 0, a: 0, index: new Map() };
        into.index.set(child.f, same);
      }
      merge(same, child);
    }
  };
  const treeOfFilter = () => {
    const all = { f: "all waits", b: 0, a: 0, index: new Map() };
    for (const { class: lockClass, path, tree } of stacks) if (meets(lockClass, path)) merge(all, tree);
    return all;
  };
  const width = (node) => node.b + node.a;
  const kHeight = 20, kWidth = 1000, kMostFrames = 4000;
  let frames = [], selected = -1, tree = null;
  const placed = (node) => {
    const list = [];
    const place = (part, from, to, depth, parent) => {
      if (to - from < 0.4 || list.length >= kMostFrames) return;
      const at = list.length;
      list.push({ node: part, from, to, depth, parent });
      const scale = width(part) > 0 ? (to - from) / width(part) : 0;
      let left = from;
      const children = [...part.index.values()].sort((x, y) => Math.abs(y.a - y.b) - Math.abs(x.a - x.b)
        || width(y) - width(x));
      for (const child of children) {
        place(child, left, left + width(child) * scale, depth + 1, at);
        left += width(child) * scale;
      }
    };
    place(node, 0, kWidth, 0, -1);
    return list;
  };
  const zoomed = () => {
    let node = tree;
    const way = [];
    for (const name of state.zoom) {
      const next = node.index.get(name);
      if (!next) break;
      node = next;
      way.push(name);
    }
    state.zoom = way;
    return node;
  };
  const describe = (node) => {
    const all = width(tree);
    const share = all > 0 ? percent(width(node) / all) + " of the wait shown" : "";
    return isComparison ? `${node.f}: ${ns(node.b)} → ${ns(node.a)} per ${unit} (${signedNs(node.a - node.b)}), ${share}`
      : `${node.f}: ${ns(node.b)}, ${share}`;
  };
  // More wait, less wait, neither; the strength goes by the change's part of the frame.
  const toneOf = (node) => {
    if (!isComparison || node.a === node.b) return "same";
    return node.a < node.b ? "fell" : "rose";
  };
  const isFound = (node) => state.words !== "" && node.f.toLowerCase().includes(state.words.toLowerCase());
  // Of the frames that are found, without those below another that is.
  const sumOfFound = (node) => {
    if (isFound(node)) return { b: node.b, a: node.a, n: 1 };
    const total = { b: 0, a: 0, n: 0 };
    for (const child of node.index.values()) {
      const part = sumOfFound(child);
      total.b += part.b; total.a += part.a; total.n += part.n;
    }
    return total;
  };
  const element = (name, attributes) => {
    const made = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    return made;
  };
  const pathTo = (at) => {
    const names = [];
    for (let i = at; i > 0; i = frames[i].parent) names.unshift(frames[i].node.f);
    return [...state.zoom, ...names];
  };
  function zoomTo(at) {
    if (at === 0) state.zoom = state.zoom.slice(0, -1);
    else state.zoom = pathTo(at);
    selected = 0;
    showStacks();
  }
  const hideTip = () => { tip.hidden = true; };
  const showTip = (at, x, y) => {
    tip.textContent = describe(frames[at].node);
    tip.hidden = false;
    tip.style.left = Math.max(4, Math.min(x + 12, window.innerWidth - 380)) + "px";
    tip.style.top = (y + 16) + "px";
  };
  const drawFrame = (frame, at) => {
    const { node, from, to, depth } = frame;
    const found = isFound(node);
    const group = element("g", { class: `frame ${toneOf(node)}${found ? " found" : ""}${at === selected ? " at" : ""}` });
    group.dataset.function = node.f;
    const one = isComparison && (node.b === 0) !== (node.a === 0) ? " one" : "";
    const change = isComparison && width(node) > 0 ? Math.abs(node.a - node.b) / Math.max(node.a, node.b) : 0;
    const box = element("rect", { x: from, y: depth * kHeight, width: Math.max(0.5, to - from - 0.6),
      height: kHeight - 1, class: "box" + one });
    box.style.fillOpacity = isComparison ? 0.15 + 0.55 * Math.min(1, change) : 0.45;
    group.append(box);
    const room = Math.floor((to - from - 6) / 7.2);
    if (room >= 3) {
      const text = element("text", { x: from + 4, y: depth * kHeight + 14 });
      text.textContent = node.f.length > room ? node.f.slice(0, room - 1) + "…" : node.f;
      group.append(text);
    }
    group.addEventListener("mousemove", (event) => showTip(at, event.clientX, event.clientY));
    group.addEventListener("mouseleave", hideTip);
    group.addEventListener("click", () => zoomTo(at));
    return group;
  };
  function showStacks() {
    const node = zoomed();
    frames = placed(node);
    const depth = frames.reduce((most, frame) => Math.max(most, frame.depth), 0) + 1;
    svg.setAttribute("viewBox", `0 0 ${kWidth} ${depth * kHeight}`);
    svg.replaceChildren(...frames.map(drawFrame));
    crumbs.replaceChildren();
    ["all waits", ...state.zoom].forEach((name, i) => {
      const button = make("button", "crumb", name);
      button.addEventListener("click", () => { state.zoom = state.zoom.slice(0, i); showStacks(); });
      crumbs.append(button);
    });
    const found = state.words ? sumOfFound(tree) : null;
    const all = width(tree);
    stackNote.textContent = all === 0 ? "No waits meet the filter."
      : "Width: wait" + (isComparison ? " of both sides; colour: ▲ more or ▼ less after; dashed outline: on one side only." : ".")
        + (found ? ` "${state.words}": ${found.n} places, ${ns(found.b)}`
          + (isComparison ? ` → ${ns(found.a)}` : "") + `, ${percent((found.b + found.a) / all)} of the wait shown.` : "");
  }
  const move = (to) => {
    if (to < 0 || to >= frames.length) return;
    selected = to;
    svg.querySelectorAll(".at").forEach((old) => old.classList.remove("at"));
    svg.children[to].classList.add("at");
    const area = svg.children[to].getBoundingClientRect();
    showTip(to, area.left, area.top);
  };
  const neighbour = (step) => {
    const same = frames.map((frame, at) => [frame, at]).filter(([frame]) => frame.depth === frames[selected].depth);
    const at = same.findIndex(([, index]) => index === selected) + step;
    return at >= 0 && at < same.length ? same[at][1] : -1;
  };
  svg.addEventListener("keydown", (event) => {
    if (selected < 0) selected = 0;
    const actions = {
      ArrowDown: () => move(frames.findIndex((frame) => frame.parent === selected)),
      ArrowUp: () => move(frames[selected].parent), ArrowLeft: () => move(neighbour(-1)),
      ArrowRight: () => move(neighbour(1)), Enter: () => zoomTo(selected), Escape: () => zoomTo(0),
    };
    if (!actions[event.key]) return;
    event.preventDefault();
    actions[event.key]();
  });
  svg.addEventListener("blur", hideTip);

  function show() {
    if (state.path) state.byPath = true;
    tree = treeOfFilter();
    showFilter();
    showTable();
    showStacks();
    writeAddress();
  }
  classChoice.addEventListener("change", () => { state.lockClass = classChoice.value; show(); });
  pathChoice.addEventListener("change", () => { state.path = pathChoice.value; show(); });
  byPath.addEventListener("change", () => {
    state.byPath = byPath.checked;
    if (!state.byPath) state.path = "";
    show();
  });
  search.addEventListener("input", () => { state.words = search.value.trim(); showTable(); showStacks(); });
  clear.addEventListener("click", () => {
    Object.assign(state, { lockClass: "", path: "", words: "", leaveOut: new Set(), zoom: [] });
    search.value = "";
    show();
  });
  window.addEventListener("hashchange", () => { readAddress(); show(); });

  // ---- the other tables of the page sort, too ----
  const sortable = (other) => {
    const body = other.tBodies[0];
    const keyOf = (line, i) => {
      const cell = line.cells[i];
      return cell === undefined ? null : cell.dataset.n !== undefined ? Number(cell.dataset.n) : cell.textContent;
    };
    [...other.tHead.rows[0].cells].forEach((heading, i) => {
      heading.tabIndex = 0;
      heading.classList.add("sorts");
      let down = true;
      const sort = () => {
        const lines = [...body.rows].map((line, at) => [keyOf(line, i), at, line]);
        lines.sort(([x, ax], [y, ay]) => (typeof x === "number" && typeof y === "number" ? x - y
          : typeof x === "number" ? -1 : typeof y === "number" ? 1 : String(x).localeCompare(String(y)))
          * (down ? -1 : 1) || ax - ay);
        body.append(...lines.map(([, , line]) => line));
        down = !down;
      };
      heading.addEventListener("click", sort);
      heading.addEventListener("keydown", (event) => { if (event.key === "Enter") sort(); });
    });
  };
  document.querySelectorAll("table").forEach((other) => { if (other !== table && other.tHead) sortable(other); });

  readAddress();
  show();
})();
