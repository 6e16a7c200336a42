/**
 * The line of any place in a text with normalized line ends, counted from 1. The line ends are looked for once: a
 * document of a million of them has as many faults as any other.
 */
export function lineFinder(text: string): (at: number) => number {
  let ends: readonly number[] | undefined
  return (at) => {
    ends ??= lineEnds(text)
    let [low, high] = [0, ends.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      if (ends[middle]! < at) low = middle + 1
      else high = middle
    }
    return low + 1
  }
}

function lineEnds(text: string): number[] {
  const ends: number[] = []
  for (let i = text.indexOf('\n'); i >= 0; i = text.indexOf('\n', i + 1)) ends.push(i)
  return ends
}
