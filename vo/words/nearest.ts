/** The candidate that a mistyped word most likely meant, or undefined when none is near (edit distance ≤ 1/3). */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined
  let bestDistance = Math.max(1, Math.floor(word.length / 3)) + 1
  for (const candidate of candidates) {
    // So many letters must be added or dropped at least.
    if (Math.abs(candidate.length - word.length) >= bestDistance) continue
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase(), bestDistance)
    if (distance < bestDistance) {
      best = candidate
      bestDistance = distance
    }
  }
  return best
}

/**
 * Letters to change, add, drop, or swap with their neighbour (the restricted Damerau-Levenshtein distance); `enough`
 * or more where it is not below that.
 */
function editDistance(a: string, b: string, enough: number): number {
  let before: number[] = []
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const substitution = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      const swap = swapped ? before[j - 2]! + 1 : substitution
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, substitution, swap))
    }
    // No later row can be below the least of two that follow one another.
    if (Math.min(...row) >= enough && Math.min(...next) >= enough) return enough
    before = row
    row = next
  }
  return row[b.length]!
}
