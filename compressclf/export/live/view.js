// What the page shows. Texts and labels are only ever written as text, never as markup.

const MOST_LABELS = 12, MOST_REASONS = 8, MOST_CHARACTERS = 20000, SHADES = 8;
const SLOW = 50, PAUSE = 300; // milliseconds
const AUTOMATIC = "";

const element = (id) => document.getElementById(id);
const encoder = new TextEncoder(), decoder = new TextDecoder();

function made(tag, text, className) {
  const node = document.createElement(tag);
  if (text !== undefined) node.textContent = text;
  if (className) node.className = className;
  return node;
}

const percent = (share) => share > 0.9999 ? "> 99.99 %" : `${(100 * share).toFixed(2)} %`;
const rounded = (number, digits) =>
  number.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });
const inBits = (bits) => `${bits < 0 ? "−" : ""}${rounded(Math.abs(bits), 2)} bits`;

function start(model) {
  let reading, characters = [], offsets = [], difference = [], cursor = -1, timer = 0, later = 0, took = 0;
  const field = element("text"), heat = element("heat");

  for (const id of ["ours", "theirs"]) {
    const choice = element(id);
    const first = made("option", id === "ours" ? "the best label" : "the next best");
    first.value = AUTOMATIC;
    choice.append(first);
    model.labels.forEach((label, c) => {
      const option = made("option", label);
      option.value = String(c);
      choice.append(option);
    });
    choice.addEventListener("change", show);
  }
  about(model);

  function compared() {
    const ranked = model.labels.map((_, c) => c).sort((a, b) =>
      (b === reading.winner) - (a === reading.winner) ||
      reading.probabilities[b] - reading.probabilities[a] ||
      reading.codelengths[a] - reading.codelengths[b]);
    const chosen = element("theirs").value === AUTOMATIC ? -1 : Number(element("theirs").value);
    const given = element("ours").value;
    const ours = given === AUTOMATIC ? ranked.find((c) => c !== chosen) ?? ranked[0] : Number(given);
    const theirs = chosen >= 0 ? chosen : ranked.find((c) => c !== ours);
    return { ranked, ours, theirs };
  }

  function update() {
    const begun = performance.now();
    reading = read(model, encoder.encode(field.value));
    show();
    took = performance.now() - begun;
    clearTimeout(timer);
    timer = setTimeout(speak, 800);
  }

  function show() {
    const { ranked, ours, theirs } = compared();
    showLabels(ranked);
    showHeat(ours, theirs);
    showReasons(ours, theirs);
  }

  function showLabels(ranked) {
    const empty = reading.length === 0, best = reading.winner;
    element("label").replaceChildren(
      ...(empty ? ["No text yet"] : [made("bdi", model.labels[best]), ` ${percent(reading.probabilities[best])}`]));
    element("size").textContent = empty ? "" : `${reading.length.toLocaleString("en")} bytes`;
    const least = Math.min(...reading.codelengths);
    // Few labels keep their order, so that rows do not jump while one types.
    const shown = model.labels.length > MOST_LABELS ? ranked.slice(0, MOST_LABELS) : model.labels.map((_, c) => c);
    element("classes").replaceChildren(...shown.map((c) => {
      const row = made("tr", undefined, c === best && !empty ? "best" : ""), name = made("th");
      name.scope = "row";
      name.append(made("bdi", model.labels[c]));
      const share = made("div", undefined, "share"), bar = made("div", undefined, "bar"), filled = made("i");
      filled.style.width = `${100 * reading.probabilities[c]}%`;
      bar.setAttribute("aria-hidden", "true");
      bar.append(filled);
      share.append(made("span", percent(reading.probabilities[c])), bar);
      const cell = made("td");
      cell.append(share);
      row.append(name, cell, made("td", `+${rounded(reading.codelengths[c] - least, 1)}`, "number"));
      return row;
    }));
    const hidden = model.labels.length - shown.length;
    element("more").textContent = hidden ? ` ${hidden} less probable labels are not shown.` : "";
  }

  function showHeat(ours, theirs) {
    difference = reading.length && theirs !== undefined ? bitsOfBytes(model, reading, ours, theirs) : [];
    characters = Array.from(field.value.slice(0, MOST_CHARACTERS));
    offsets = [0];
    const bits = characters.map((character) => {
      const code = character.codePointAt(0), begin = offsets[offsets.length - 1];
      const end = begin + (code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4);
      offsets.push(end);
      return sum(difference, begin, end);
    });
    const sorted = Float64Array.from(bits, Math.abs).sort();
    const full = Math.max(0.5, sorted[Math.floor(0.97 * sorted.length)] || 0);
    const runs = [];
    bits.forEach((value, i) => {
      const shade = Math.round(Math.min(Math.max(value / full, -1), 1) * SHADES);
      const last = runs[runs.length - 1];
      if (last && last.shade === shade) last.end = i + 1;
      else runs.push({ shade, begin: i, end: i + 1 });
    });
    heat.replaceChildren(...runs.map(({ shade, begin, end }) => {
      const side = shade > 0 ? `for shade${shade}` : shade < 0 ? `against shade${-shade}` : "";
      const span = made("span", characters.slice(begin, end).join(""), side);
      span.dataset.begin = String(begin);
      return span;
    }));
    if (field.value.length > MOST_CHARACTERS) heat.append(made("em", " … the rest is counted, but not shown."));
    cursor = -1;
    const total = sum(difference, 0, difference.length);
    element("sum").replaceChildren(...(theirs === undefined ? [] : [
      "The characters add up to ", inBits(total), " for ", made("bdi", model.labels[ours]), " against ",
      made("bdi", model.labels[theirs]), "."]));
  }

  function showReasons(ours, theirs) {
    for (const [id, sign] of [["for", 1], ["against", -1]]) {
      element(`${id}-title`).replaceChildren(
        sign > 0 ? "For " : "Against ", made("bdi", model.labels[ours]));
      const strongest = theirs === undefined || !reading.length ? [] : reading.features
        .filter((feature) => sign * feature.bits > 0)
        .sort((a, b) => sign * (b.bits - a.bits)).slice(0, MOST_REASONS);
      const bytes = encoder.encode(field.value);
      element(`${id}-list`).replaceChildren(...strongest.map((feature) => {
        const from = Math.max(feature.begin, 0), to = Math.min(feature.end, bytes.length);
        let text = decoder.decode(bytes.subarray(from, to));
        if (feature.kind < WORD) {
          text = `${feature.begin < 0 ? " " : ""}${text}${feature.end > bytes.length ? " " : ""}`;
        }
        const item = made("li"), times = feature.times > 1 ? ` × ${feature.times}` : "";
        const name = made("bdi", text.replace(/\s/gu, "␣"));
        const part = made("span");
        part.append(name, times);
        item.append(part, made("span", inBits(feature.bits)));
        return item;
      }));
    }
  }

  function speak() {
    const { ours, theirs } = compared();
    element("spoken").textContent = reading.length === 0 ? "No text yet."
      : `Label: ${model.labels[reading.winner]}, ${percent(reading.probabilities[reading.winner])}.` +
        (theirs === undefined || ours !== reading.winner ? "" : ` Next: ${model.labels[theirs]}, ${percent(reading.probabilities[theirs])}.`);
  }

  // Say the bits of the characters from `begin` to `end`, and mark them.
  function point(begin, end, scrolls) {
    const { ours, theirs } = compared();
    if (theirs === undefined || begin < 0 || begin >= characters.length) return;
    cursor = begin;
    for (const span of heat.children) {
      const first = Number(span.dataset.begin), next = span.nextElementSibling;
      const last = next && next.dataset.begin !== undefined ? Number(next.dataset.begin) : characters.length;
      const here = first < end && begin < last;
      span.classList.toggle("here", here);
      if (scrolls && here && first <= begin) span.scrollIntoView({ block: "nearest" });
    }
    const bits = sum(difference, offsets[begin], offsets[end]);
    const text = characters.slice(begin, end).join("").replace(/\s/gu, "␣");
    element("reading").replaceChildren("“", made("bdi", text), `”: ${inBits(Math.abs(bits))} `,
      bits < 0 ? "against " : "for ", made("bdi", model.labels[ours]), ".");
  }

  function wordFrom(position, step) {
    const inside = (i) => /[\p{L}\p{N}\p{M}_]/u.test(characters[i] ?? " ");
    let begin = position;
    if (step > 0) {
      while (begin < characters.length && begin >= 0 && inside(begin)) begin++;
      if (begin < 0) begin = 0;
      while (begin < characters.length && !inside(begin)) begin++;
    } else {
      begin--;
      while (begin > 0 && !inside(begin)) begin--;
      while (begin > 0 && inside(begin - 1)) begin--;
    }
    let end = begin + 1;
    while (end < characters.length && inside(end)) end++;
    return [begin, end];
  }

  heat.addEventListener("keydown", (event) => {
    const last = characters.length - 1;
    const moves = {
      ArrowRight: [Math.min(cursor + 1, last)], ArrowLeft: [Math.max(cursor - 1, 0)],
      Home: [0], End: [last], ArrowDown: wordFrom(cursor, 1), ArrowUp: wordFrom(cursor, -1),
    };
    const move = event.ctrlKey || event.metaKey || event.altKey ? undefined : moves[event.key];
    if (!move || last < 0) return;
    event.preventDefault();
    point(move[0], move[1] ?? move[0] + 1, true);
  });

  const follow = (event) => {
    const place = document.caretPositionFromPoint?.(event.clientX, event.clientY);
    const node = place ? place.offsetNode : document.caretRangeFromPoint?.(event.clientX, event.clientY)?.startContainer;
    const offset = place ? place.offset : document.caretRangeFromPoint?.(event.clientX, event.clientY)?.startOffset;
    const span = node?.parentElement;
    if (!span || span.dataset.begin === undefined) return;
    const inSpan = Array.from(node.data.slice(0, offset)).length;
    const at = Number(span.dataset.begin) + Math.max(0, inSpan - (offset === node.data.length ? 1 : 0));
    if (at !== cursor) point(at, at + 1);
  };
  heat.addEventListener("pointermove", follow);
  heat.addEventListener("pointerdown", follow);

  field.addEventListener("input", () => {
    clearTimeout(later);
    if (took < SLOW || field.value.length < 4096) update();
    else later = setTimeout(update, PAUSE); // a long text, after a pause in typing
  });
  update();
}

function sum(numbers, begin, end) {
  let total = 0;
  for (let i = begin; i < end; i++) total += numbers[i];
  return total;
}

function about(model) {
  const list = element("about");
  const counted = model.training.reduce((a, b) => a + b, 0).toLocaleString("en");
  for (const [name, text] of [
    ["Training texts", `${counted}: ${model.labels.map((label, c) => `${label} ${model.training[c].toLocaleString("en")}`).join(", ")}`],
    ["Class model", model.model],
    ["Probabilities", model.calibrated],
    ["What was packed", model.kept],
    ["What was lost", model.loss],
    ["Made by", `compressclf ${model.version}`],
  ]) list.append(made("dt", name), made("dd", text));
}

async function begin() {
  try {
    const data = element("data"), facts = JSON.parse(element("facts").textContent);
    const model = unpack(facts, await inflate(data.textContent));
    data.remove();
    window.live = { model, read, bitsOfBytes };
    start(model);
  } catch (error) {
    element("label").textContent = "";
    element("problem").hidden = false;
    element("problem").textContent = typeof DecompressionStream === "undefined"
      ? "This browser is too old for this page: it needs a browser of 2023 or later."
      : `The page is damaged: export it again. (${error})`;
  }
}

begin();
