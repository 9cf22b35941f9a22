// Filters the table of predictions. Texts become text nodes, never markup.
"use strict";
const rows = JSON.parse(document.getElementById("data").textContent);
const keys = rows.map((row) => (row[1] + "\n" + row[2] + "\n" + row[3]).toLowerCase());
const by = (id) => document.getElementById(id);
const SHORT = 100;
let all = false;
function show() {
  const query = by("query").value.toLowerCase();
  const most = by("most").value === "" ? 1 : Number(by("most").value);
  const wrong = by("wrong") !== null && by("wrong").checked;
  const found = [];
  for (let i = 0; i < rows.length; i++) {
    if (rows[i][4] > most) continue;
    if (wrong && !rows[i][5].startsWith("wrong")) continue;
    if (query === "" || keys[i].includes(query)) found.push(rows[i]);
  }
  const shown = all ? found : found.slice(0, SHORT);
  const body = document.createDocumentFragment();
  for (const row of shown) {
    const line = document.createElement("tr");
    row.forEach((value, column) => {
      const cell = document.createElement("td");
      cell.textContent = column === 4 ? value.toFixed(3) : value;
      cell.className = column === 0 || column === 4 ? "n" : column === 1 ? "" : "label";
      if (column === 1) cell.dir = "auto";
      line.append(cell);
    });
    body.append(line);
  }
  by("rows").replaceChildren(body);
  by("found").textContent = found.length.toLocaleString("en") + " of " +
    rows.length.toLocaleString("en") + " documents" +
    (shown.length < found.length ? ", the first " + shown.length : "");
  by("more").hidden = shown.length === found.length;
}
for (const id of ["query", "most", "wrong"]) {
  if (by(id) !== null) by(id).addEventListener("input", () => { all = false; show(); });
}
by("more").addEventListener("click", () => { all = true; show(); });
by("filters").addEventListener("submit", (event) => event.preventDefault());
show();
