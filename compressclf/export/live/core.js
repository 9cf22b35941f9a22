"use strict";
// The scores of a packed `blocks` model, as compressclf.export.scoring computes them in Python.

const MOST_TIMES = 255, WORD = 9, PAIR = 10;

// Numbers of 64 bits are pairs of halves; functions leave their result in `high` and `low`.
let high = 0, low = 0;

function times64(aHigh, aLow, bHigh, bLow) {
  const a0 = aLow & 0xffff, a1 = aLow >>> 16, b0 = bLow & 0xffff, b1 = bLow >>> 16;
  const first = a0 * b0;
  const middle = a0 * b1 + a1 * b0 + Math.floor(first / 65536);
  high = (a1 * b1 + Math.floor(middle / 65536) + Math.imul(aHigh, bLow) + Math.imul(aLow, bHigh)) >>> 0;
  low = (((middle % 65536) << 16) | (first & 0xffff)) >>> 0;
}

function add64(aHigh, aLow, bHigh, bLow) {
  const sum = aLow + bLow;
  high = (aHigh + bHigh + (sum > 0xffffffff ? 1 : 0)) >>> 0;
  low = sum >>> 0;
}

function mix64(aHigh, aLow) {
  times64(aHigh, (aLow ^ aHigh) >>> 0, 0xd6e8feb8, 0x6659fd93);
  const shiftedLow = ((low >>> 29) | (high << 3)) >>> 0, shiftedHigh = high >>> 29;
  times64((high ^ shiftedHigh) >>> 0, (low ^ shiftedLow) >>> 0, 0x9e3779b9, 0x7f4a7c15);
  low = (low ^ high) >>> 0;
  if (high === 0 && low === 0) low = 1;
}

// Powers of the multiplier of the polynomial hash of blocks.
const POWER_HIGH = [0], POWER_LOW = [1];
for (let j = 1; j <= 8; j++) {
  times64(POWER_HIGH[j - 1], POWER_LOW[j - 1], 0x9e3779b9, 0x7f4a7c15);
  POWER_HIGH.push(high);
  POWER_LOW.push(low);
}

// Call visit(kind, high, low, begin, end) for every block of characters and every word and pair of
// words; see compressclf.models.blocks.features.
function eachFeature(bytes, lengths, words, visit) {
  if (bytes.length) {
    eachBlock(bytes, lengths, visit);
    if (words) eachWord(bytes, words, visit);
  }
}

function eachBlock(bytes, lengths, visit) {
  const beforeHigh = new Array(16).fill(0), beforeLow = new Array(16).fill(0);
  const starts = new Array(16).fill(0);
  let hashHigh = 0, hashLow = 0, count = 0, position = -1;
  while (position < bytes.length + 1) {
    const at = count & 15;
    beforeHigh[at] = hashHigh;
    beforeLow[at] = hashLow;
    starts[at] = position;
    const byte = position >= 0 && position < bytes.length ? bytes[position] : 32;
    position++;
    let character = byte;
    if (byte >= 0x80) {
      const following = byte < 0xc0 || byte > 0xf7 ? 0 : byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3;
      const stop = Math.min(position + following, bytes.length);
      while (position < stop && (bytes[position] & 0xc0) === 0x80) {
        character = character * 256 + bytes[position];
        position++;
      }
    }
    times64(hashHigh, hashLow, 0x9e3779b9, 0x7f4a7c15);
    add64(high, low, 0, character + 1);
    hashHigh = high;
    hashLow = low;
    count++;
    for (const j of lengths) {
      if (count < j) continue;
      const oldest = (count - j) & 15;
      times64(beforeHigh[oldest], beforeLow[oldest], POWER_HIGH[j], POWER_LOW[j]);
      // hash - product + j, where -p is ~p + 1
      add64(hashHigh, hashLow, ~high >>> 0, ~low >>> 0);
      add64(high, low, 0, j + 1);
      mix64(high, low);
      visit(j, high, low, starts[oldest], position);
    }
  }
}

function inWord(byte) {
  return (byte >= 97 && byte <= 122) || (byte >= 65 && byte <= 90) ||
    (byte >= 48 && byte <= 57) || byte >= 128 || byte === 95;
}

function eachWord(bytes, words, visit) {
  const basisHigh = 0xcbf29ce4, basisLow = 0x84222325;
  let wordHigh = basisHigh, wordLow = basisLow, inside = false, start = 0;
  let beforeHigh = 0, beforeLow = 0, startBefore = 0;
  for (let position = 0; position <= bytes.length; position++) {
    let byte = position < bytes.length ? bytes[position] : 32;
    if (inWord(byte)) {
      if (byte >= 65 && byte <= 90) byte += 32;
      if (!inside) start = position;
      times64(wordHigh, (wordLow ^ byte) >>> 0, 0x100, 0x1b3);
      wordHigh = high;
      wordLow = low;
      inside = true;
    } else if (inside) {
      mix64(wordHigh, wordLow);
      wordHigh = high;
      wordLow = low;
      visit(WORD, high, low, start, position);
      if (words > 1 && (beforeHigh || beforeLow)) {
        times64(beforeHigh, beforeLow, 0, 31);
        add64(high, low, wordHigh, wordLow);
        mix64(high, low);
        visit(PAIR, high, low, startBefore, position);
      }
      beforeHigh = wordHigh;
      beforeLow = wordLow;
      startBefore = start;
      wordHigh = basisHigh;
      wordLow = basisLow;
      inside = false;
    }
  }
}

async function inflate(text) {
  const binary = atob(text), packed = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) packed[i] = binary.charCodeAt(i);
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

// Return the model of the facts and the inflated bytes; see compressclf.export.packing.
function unpack(facts, bytes) {
  const { layout, labels } = facts;
  let place = 0;
  const numbers = (n, nBytes) => {
    const out = new Float64Array(n);
    for (let i = 0, unit = 1; i < nBytes; i++, unit *= 256) {
      for (let k = 0; k < n; k++) out[k] += bytes[place + k] * unit;
      place += n;
    }
    return out;
  };
  const sections = [];
  let nRows = 0;
  for (const [kind, n] of layout.sections) {
    const keys = numbers(n, Math.ceil(layout.key_bits / 8));
    for (let k = 1; k < n; k++) keys[k] += keys[k - 1];
    sections[kind] = { keys, first: nRows, index: indexOf(keys, 2 ** layout.key_bits) };
    nRows += n;
  }
  const masks = [];
  for (let c = 0; c < labels.length; c += 8) {
    masks.push(bytes.subarray(place, place + nRows));
    place += nRows;
  }
  const starts = new Uint32Array(nRows + 1), classes = new Uint16Array(layout.n_values);
  let n = 0;
  for (let row = 0; row < nRows; row++) {
    for (let c = 0; c < labels.length; c++) {
      if ((masks[c >> 3][row] >> (c & 7)) & 1) classes[n++] = c;
    }
    starts[row + 1] = n;
  }
  const bits = numbers(layout.n_values, layout.value_bytes), step = 2 ** -layout.level;
  for (let i = 0; i < n; i++) bits[i] = (bits[i] % 2 ? -(bits[i] + 1) / 2 : bits[i] / 2 + 1) * step;
  return {
    ...facts, sections, starts, classes, bits, places: new Uint32Array(nRows),
    unit: 2 ** (layout.key_bits - 32), shift: 64 - layout.key_bits,
  };
}

// Return the first key from each 65,536th of the range of keys on, where a search begins.
function indexOf(keys, range) {
  const index = new Uint32Array(65537), width = range / 65536;
  for (let i = 0, place = 0; i <= 65536; i++) {
    while (place < keys.length && keys[place] < i * width) place++;
    index[i] = place;
  }
  return index;
}

function rowOf(model, kind, hashHigh, hashLow) {
  const section = model.sections[kind];
  if (!section) return -1;
  const key = hashHigh * model.unit + (model.shift < 32 ? hashLow >>> model.shift : 0);
  const { keys, index } = section, bucket = hashHigh >>> 16;
  let begin = index[bucket], end = index[bucket + 1];
  while (begin < end) {
    const middle = (begin + end) >> 1;
    if (keys[middle] < key) begin = middle + 1;
    else end = middle;
  }
  return begin < keys.length && keys[begin] === key ? section.first + begin : -1;
}

// Return the known features of a text, the bits of each label, and what follows from them.
function read(model, bytes) {
  const found = [], begins = [], ends = [], features = [], places = model.places;
  eachFeature(bytes, model.lengths, model.words, (kind, hashHigh, hashLow, begin, end) => {
    const row = rowOf(model, kind, hashHigh, hashLow);
    if (row < 0) return;
    if (!places[row]) places[row] = features.push({ row, kind, begin, end, times: 0, weight: 0, bits: 0 });
    const feature = features[places[row] - 1];
    feature.times++;
    found.push(feature);
    begins.push(begin);
    ends.push(end);
  });
  const codelengths = new Float64Array(model.labels.length);
  for (const feature of features) {
    places[feature.row] = 0;
    feature.weight = model.damped[Math.min(feature.times, MOST_TIMES)];
    for (let i = model.starts[feature.row]; i < model.starts[feature.row + 1]; i++) {
      codelengths[model.classes[i]] -= feature.weight * model.bits[i];
    }
    const base = model.base[feature.kind];
    for (let c = 0; c < codelengths.length; c++) codelengths[c] -= feature.weight * base[c];
  }
  return { length: bytes.length, found, begins, ends, features, codelengths, ...decide(model, codelengths, bytes.length) };
}

// Return probabilities and label; see compressclf.calibration.
function decide(model, codelengths, nBytes) {
  const { temperature, growth, length, lapse } = model.calibration;
  const grown = temperature * (Math.max(nBytes, 1) / length) ** growth;
  const divisor = Math.min(Math.max(grown, 1e-200), 1e200);
  const scores = Array.from(codelengths, (bits, c) => Math.log2(model.prior[c]) - bits / divisor);
  const best = Math.max(...scores);
  let winner = -1;
  scores.forEach((score, c) => {
    if (score === best && (winner < 0 || model.training[c] > model.training[winner])) winner = c;
  });
  const shares = scores.map((score) => 2 ** (score - best));
  const sum = shares.reduce((a, b) => a + b, 0);
  const possible = model.prior.filter((share) => share > 0).length;
  const probabilities = shares.map(
    (share, c) => (1 - lapse) * share / sum + (model.prior[c] > 0 ? lapse / possible : 0));
  return { winner, probabilities };
}

// Return the bits of a feature in a text under one label.
function bitsOf(model, feature, label) {
  let bits = model.base[feature.kind][label];
  for (let i = model.starts[feature.row]; i < model.starts[feature.row + 1]; i++) {
    if (model.classes[i] === label) bits += model.bits[i];
  }
  return -feature.weight * bits;
}

// Return how many more bits each byte takes under `theirs` than under `ours`; without `theirs`, the
// bits under `ours`. The bits of a feature are spread evenly over its bytes.
function bitsOfBytes(model, reading, ours, theirs) {
  const n = reading.length, changes = new Float64Array(n + 1);
  for (const feature of reading.features) {
    const own = bitsOf(model, feature, ours);
    feature.bits = theirs === undefined ? own : bitsOf(model, feature, theirs) - own;
  }
  for (let i = 0; i < reading.found.length; i++) {
    const begin = Math.min(Math.max(reading.begins[i], 0), n - 1);
    const end = Math.max(Math.min(Math.max(reading.ends[i], 1), n), begin + 1);
    const each = reading.found[i].bits / reading.found[i].times / (end - begin);
    changes[begin] += each;
    changes[end] -= each;
  }
  for (let i = 1; i < n; i++) changes[i] += changes[i - 1];
  return changes.subarray(0, n);
}
