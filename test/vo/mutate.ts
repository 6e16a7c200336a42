/** Seeded mutation of documents: the same seed gives the same mutants on every machine. */

/** A small generator (mulberry32): numbers below `n`, from 0. */
export function seeded(seed: number): (n: number) => number {
  let state = seed >>> 0
  return (n) => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 4294967296) * n)
  }
}

// biome-ignore format: a list of scraps, not of lines
const scraps = [
  '<', '>', '&', '"', "'", '/', '=', ' ', ']]>', '<!--', '-->', '--', '<?x', '?>', '<?xml version="1.0"?>', '<![CDATA[',
  '&amp;', '&#x41;', '&#0;', '&#xD800;', '&lt', '&foo;', ' xmlns=""', ' xmlns:a="b"', ' xmlns:voe="c"', ' xmlns:xml="x"',
  ' xmlns:b="a b"', 'a:', ':', '<a/>', '</a>', '</voe:VOEvent>', '\u0001', '\n', '\r', '\r\n', '\t', 'é', '😀', '\ufffe',
  '\u0085', '<!DOCTYPE a>', '<!ENTITY x "y">', 'xml', '1', '-', '.', ' name="x"', ' xml:lang="en"', ' value=\'"\'', '\u00a0',
]

/** Changes one to three places of a text: puts a scrap in, cuts something out, or does both. */
export function mutateText(text: string, random: (n: number) => number): string {
  let mutant = text
  for (let left = 1 + random(3); left > 0; left--) {
    const at = random(mutant.length + 1)
    const scrap = random(3) === 0 ? '' : scraps[random(scraps.length)]!
    const cut = random(2) === 0 ? 0 : 1 + random(4)
    mutant = mutant.slice(0, at) + scrap + mutant.slice(at + cut)
  }
  return mutant
}

/** Changes single bytes, cuts the document short, or repeats a piece of it. */
export function mutateBytes(bytes: Uint8Array, random: (n: number) => number): Uint8Array {
  const kind = random(4)
  if (kind === 0) return bytes.slice(0, random(bytes.length + 1))
  if (kind === 1) {
    const at = random(bytes.length)
    return Buffer.concat([bytes.subarray(0, at), bytes.subarray(random(at + 1), at), bytes.subarray(at)])
  }
  // (`slice` of a Buffer is no copy.)
  const mutant = Uint8Array.from(bytes)
  for (let left = 1 + random(4); left > 0; left--) mutant[random(mutant.length)] = random(256)
  return mutant
}
