// What a new name keeps of the old one, and what it adds, by words.

import { make } from "./page.js";

const WORD = /[\p{L}\p{N}\p{M}]+/gu;
const MOST_WORDS = 60;

function words(name) {
  return [...name.matchAll(WORD)].map((found) => ({
    text: found[0],
    begin: found.index,
    end: found.index + found[0].length,
  }));
}

/** Return the pairs of words that both names have, in the same order; the longest such list. */
function common(olds, news) {
  const lengths = Array.from({ length: olds.length + 1 }, () => new Uint8Array(news.length + 1));
  for (let i = olds.length - 1; i >= 0; i--) {
    for (let j = news.length - 1; j >= 0; j--) {
      lengths[i][j] =
        olds[i].text === news[j].text
          ? lengths[i + 1][j + 1] + 1
          : Math.max(lengths[i + 1][j], lengths[i][j + 1]);
    }
  }
  const kept = [new Set(), new Set()];
  for (let i = 0, j = 0; i < olds.length && j < news.length; ) {
    if (olds[i].text === news[j].text) {
      kept[0].add(i++);
      kept[1].add(j++);
    } else if (lengths[i + 1][j] >= lengths[i][j + 1]) i++;
    else j++;
  }
  return kept;
}

function marked(name, parts, kept, tag) {
  const pieces = [];
  let at = 0;
  parts.forEach((part, number) => {
    if (kept.has(number)) return;
    if (part.begin > at) pieces.push(name.slice(at, part.begin));
    pieces.push(make(tag, { text: name.slice(part.begin, part.end) }));
    at = part.end;
  });
  pieces.push(name.slice(at));
  return pieces;
}

/**
 * Return both names as nodes, with what goes in `del` and what comes in `ins`. Where nothing stays
 * but the ending, nothing is marked as gone: it would be all of it, in every row.
 */
export function changes(oldName, newName) {
  const olds = words(oldName);
  const news = words(newName);
  if (olds.length > MOST_WORDS || news.length > MOST_WORDS) return [[oldName], [newName]];
  const [keptOld, keptNew] = common(olds, news);
  const stays = keptOld.size > 1;
  return [
    stays ? marked(oldName, olds, keptOld, "del") : [oldName],
    stays ? marked(newName, news, keptNew, "ins") : [newName],
  ];
}
