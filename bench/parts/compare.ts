/** Measures variants side by side: interleaved rounds in one process, medians. */

/**
 * Of processor time: what others do on the machine does not count. Long enough that the garbage of the variant before,
 * collected on this time, weighs little.
 */
const roundUs = 250_000

export interface Variant {
  readonly name: string
  run(turn: number): unknown
}

/** Prints the median of each variant's calls a second, and how many times faster the first is. */
export function compare(title: string, variants: readonly Variant[], rounds: number): void {
  const rates = variants.map((): number[] => [])
  let turn = 0
  for (let round = -1; round < rounds; round++) {
    for (const [i, variant] of variants.entries()) {
      const start = process.cpuUsage()
      let calls = 0
      let spentUs = 0
      while (spentUs < roundUs) {
        for (let k = 0; k < 10; k++) variant.run(turn++)
        calls += 10
        const { user, system } = process.cpuUsage(start)
        spentUs = user + system
      }
      // The first round warms up.
      if (round >= 0) rates[i]!.push((calls * 1e6) / spentUs)
    }
  }
  const medians = rates.map((each) => each.sort((a, b) => a - b)[each.length >> 1]!)
  console.log(title)
  for (const [i, { name }] of variants.entries()) {
    const rate = Math.round(medians[i]!).toLocaleString('en').padStart(9)
    const us = (1e6 / medians[i]!).toFixed(1).padStart(8)
    const times = (medians[0]! / medians[i]!).toFixed(2).padStart(6)
    console.log(`  ${name.padEnd(34)} ${rate} a second ${us} us ${times} times`)
  }
}
